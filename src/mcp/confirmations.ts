/**
 * Confirmation of destructive tools by a person. The question is an `input_required` result: clients
 * of protocol 2026-07-28 answer it with a second call; for older clients the SDK elicits the answer
 * while the call waits.
 *
 * The request state that passes through the client is signed with a key of this process and bound to
 * the tenant, the tool and the arguments. It reveals none of them and is accepted once.
 */

import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createRequestStateCodec,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type RequestStateCodec,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { ApiError } from "../shared/errors.ts";
import type { Tool } from "../tools/define_tool.ts";

/** If the client cannot ask a person, `ask` makes the call and `require` refuses it. */
export type ConfirmMode = "ask" | "require";

/** A call that a person can confirm. */
export interface ConfirmableCall {
  tool: Tool;
  /** The parsed arguments. */
  args: Record<string, unknown>;
  tenant: string;
}

/** How long a request state is valid. */
const TTL_S = 600;

/** The codec rounds expiry times to seconds, so a state may live almost a second longer. */
const REMEMBER_MS = (TTL_S + 1) * 1000;

const QUESTION = "confirm";

/** Asks for confirmations, and checks the answers. */
export class Confirmations {
  readonly #mode: ConfirmMode;
  readonly #key = crypto.getRandomValues(new Uint8Array(32));
  /** The ids of accepted states, with the time until which each is remembered; the oldest first. */
  readonly #used = new Map<string, number>();

  constructor(mode: ConfirmMode) {
    this.#mode = mode;
  }

  /** Returns whether calls of a tool need confirmation. */
  covers({ hints }: Tool): boolean {
    return hints?.destructive === true;
  }

  /** @throws {ApiError} 403 if the call requires a confirmation that it does not have */
  assertConfirmed(tool: Tool, isConfirmed: boolean): void {
    if (this.#mode === "ask" || isConfirmed || !this.covers(tool)) return;
    throw refusal(
      403,
      "confirmation_required",
      `${tool.name} needs a person's agreement here (CONFIRM_DELETES), and this client cannot ask ` +
        "for it. Nothing was done.",
    );
  }

  /**
   * Returns the question to send to the client, or whether the person has confirmed the call.
   *
   * @throws {ApiError} 403 if the person declined, 400 if the request state is not valid for this call
   */
  async ask(
    call: ConfirmableCall,
    server: Server,
    context: ServerContext,
  ): Promise<InputRequiredResult | boolean> {
    const { mcpReq } = context;
    const state = mcpReq.requestState<unknown>();
    if (state !== undefined) await this.#accept(call, String(state), context);
    const answer = inputResponse(mcpReq.inputResponses, QUESTION);
    if (state === undefined || answer.kind !== "elicit") {
      return canAsk(server, mcpReq.envelope) && await this.#question(call, context);
    }
    if (answer.action === "accept") return true;
    throw refusal(
      403,
      "declined",
      `The person did not agree to ${call.tool.name}. Nothing was done.`,
    );
  }

  async #question(call: ConfirmableCall, context: ServerContext): Promise<InputRequiredResult> {
    return inputRequired({
      inputRequests: {
        [QUESTION]: inputRequired.elicit({
          message: questionText(call),
          requestedSchema: { type: "object", properties: {} },
        }),
      },
      requestState: await this.#codec(call).mint(crypto.randomUUID(), context),
    });
  }

  /** Verifies a state and marks it as used. */
  async #accept(call: ConfirmableCall, state: string, context: ServerContext): Promise<void> {
    const id = await this.#codec(call).verify(state, context).catch(() => undefined);
    const nowMs = Date.now();
    for (const [used, untilMs] of this.#used) if (untilMs <= nowMs) this.#used.delete(used);
    if (id === undefined || this.#used.has(id)) {
      throw refusal(
        400,
        "invalid_confirmation",
        "The requestState is not for this call, was used before, or is older than ten minutes. " +
          "Nothing was done.",
      );
    }
    this.#used.set(id, nowMs + REMEMBER_MS);
  }

  /** The SDK computes the binding from the request alone, so each call has a codec of its own. */
  #codec({ tenant, tool, args }: ConfirmableCall): RequestStateCodec<string> {
    return createRequestStateCodec({
      key: this.#key,
      ttlSeconds: TTL_S,
      bind: () => JSON.stringify([tenant, tool.name, args]),
    });
  }
}

/** Returns whether the client supports elicitation with forms, which is the default mode. */
function canAsk(server: Server, envelope: object | undefined): boolean {
  const { [CLIENT_CAPABILITIES_META_KEY]: declared = server.getClientCapabilities() } = {
    ...envelope,
  } as { [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities };
  const elicitation = declared?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || !elicitation.url);
}

/** A model wrote the arguments: each is quoted as JSON on one line and shortened. */
function questionText({ tool, args }: ConfirmableCall): string {
  const shown = Object.entries(args).map(([name, value]) =>
    `${name} ${JSON.stringify(value).slice(0, 200)}`
  );
  return `${tool.title}${shown.length > 0 ? `, ${shown.join(", ")}` : ""}? ${tool.description} ` +
    "This cannot be undone.";
}

function refusal(status: number, code: string, message: string): ApiError {
  return new ApiError(message, { status, code });
}
