/** The suite's tools that ask in their result, as 2026-07-28 has it. */

import {
  acceptedContent,
  createRequestStateCodec,
  type InputRequest,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { text } from "./_content.ts";

const NAMES = [
  "elicitation",
  "sampling",
  "list_roots",
  "request_state",
  "multiple_inputs",
  "multi_round",
  "tampered_state",
  "capabilities",
] as const;

/** A 2025 client is asked while the call goes on. */
export const ASKING_TOOLS: readonly string[] = [
  ...NAMES.map((name) => `test_input_required_result_${name}`),
  "test_streaming_elicitation",
];

/** The state that travels through the client, signed. */
export const stateCodec = createRequestStateCodec<{ round: number }>({
  key: crypto.getRandomValues(new Uint8Array(32)),
});

const CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities";

type Ask = (
  context: ServerContext,
) => Promise<InputRequiredResult | string> | InputRequiredResult | string;

export function addInputRequired(server: McpServer): void {
  function tool(name: string, ask: Ask): void {
    server.registerTool(
      name,
      { description: "Asks its client before it answers." },
      async (context: ServerContext) => {
        const answer = await ask(context);
        return typeof answer === "string" ? { content: [text(answer)] } : answer;
      },
    );
  }

  for (const name of ["test_input_required_result_elicitation", "test_streaming_elicitation"]) {
    tool(name, ({ mcpReq }) => {
      const answer = acceptedContent(
        mcpReq.inputResponses,
        "user_name",
        z.object({ name: z.string() }),
      );
      return answer ? `Hello, ${answer.name}!` : asking({ user_name: askName() });
    });
  }
  tool("test_input_required_result_sampling", ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "capital_question");
    if (answer.kind === "sampling") return JSON.stringify(answer.result.content);
    return asking({ capital_question: askModel("What is the capital of France?", 100) });
  });
  tool("test_missing_capability", () => asking({ question: askModel("Are you there?", 10) }));
  tool("test_input_required_result_list_roots", ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "client_roots");
    if (answer.kind === "roots") return answer.roots.map(({ uri }) => uri).join(", ");
    return asking({ client_roots: inputRequired.listRoots() });
  });
  for (const name of ["request_state", "tampered_state"]) {
    tool(`test_input_required_result_${name}`, ({ mcpReq }) => {
      const state = mcpReq.requestState<{ round: number }>();
      const confirmed = inputResponse(mcpReq.inputResponses, "confirm").kind === "elicit";
      if (state !== undefined && confirmed) return "state-ok";
      return asking({ confirm: askForm("Please confirm", { ok: z.boolean() }) }, 1);
    });
  }
  tool("test_input_required_result_multiple_inputs", ({ mcpReq }) => {
    const keys = Object.keys(mcpReq.inputResponses ?? {});
    if (["user_name", "greeting", "client_roots"].every((key) => keys.includes(key))) {
      return "All three answers came.";
    }
    return asking({
      user_name: askName(),
      greeting: askModel("Generate a greeting", 50),
      client_roots: inputRequired.listRoots(),
    }, 1);
  });
  tool("test_input_required_result_multi_round", ({ mcpReq }) => {
    const round = mcpReq.requestState<{ round: number }>()?.round ?? 0;
    if (round === 0) {
      return asking({ step1: askForm("Step 1: What is your name?", { name: z.string() }) }, 1);
    }
    if (round === 1) {
      const colour = { color: z.string() };
      return asking({ step2: askForm("Step 2: What is your favorite color?", colour) }, 2);
    }
    return "Both steps are done.";
  });
  tool("test_input_required_result_capabilities", ({ mcpReq }) => {
    const { [CAPABILITIES_KEY]: capabilities = {} } = { ...mcpReq.envelope } as {
      [CAPABILITIES_KEY]?: { sampling?: object; elicitation?: object };
    };
    if (Object.keys(mcpReq.inputResponses ?? {}).length > 0) return "Thank you.";
    return asking({
      ...(capabilities.sampling && { greeting: askModel("Generate a greeting", 50) }),
      ...(capabilities.elicitation && { user_name: askName() }),
    }, 1);
  });
  server.registerPrompt(
    "test_input_required_result_prompt",
    { description: "Asks for its context." },
    ({ mcpReq }: ServerContext) => {
      const answer = acceptedContent<{ context: string }>(mcpReq.inputResponses, "user_context");
      if (answer === undefined) {
        const context = { context: z.string() };
        const question = askForm("What context should the prompt use?", context);
        return inputRequired({ inputRequests: { user_context: question } });
      }
      return { messages: [{ role: "user", content: text(`Context: ${answer.context}`) }] };
    },
  );
}

async function asking(
  inputRequests: Record<string, InputRequest>,
  round?: number,
): Promise<InputRequiredResult> {
  return inputRequired({
    inputRequests,
    ...(round !== undefined && { requestState: await stateCodec.mint({ round }) }),
  });
}

function askForm(message: string, fields: z.ZodRawShape): InputRequest {
  return inputRequired.elicit({ message, requestedSchema: z.object(fields) });
}

function askName(): InputRequest {
  return askForm("What is your name?", { name: z.string() });
}

function askModel(question: string, maxTokens: number): InputRequest {
  return inputRequired.createMessage({
    messages: [{ role: "user", content: text(question) }],
    maxTokens,
  });
}
