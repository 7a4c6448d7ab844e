/**
 * Asking a person before a tool does what cannot be undone. The question is a result: clients of
 * 2026-07-28 answer it with a second call, for older ones the SDK puts it to them meanwhile.
 *
 * The state that goes through the client is a seal over who calls what with which arguments, and
 * until when. It says nothing and holds once: the key is this process's, and so is what it has used.
 */

import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { type Clock, systemClock } from "../shared/clock.ts";
import { ApiError } from "../shared/errors.ts";
import type { Tool } from "../tools/define_tool.ts";

/** `ask` goes on where the client cannot ask; `require` refuses. */
export type ConfirmMode = "ask" | "require";

/** A call as far as somebody can agree to it. */
export interface Confirmable {
  tool: Tool;
  /** As the tool takes them. */
  args: Record<string, unknown>;
  tenant: string;
}

const LIFE_MS = 10 * 60_000;
const QUESTION = "confirm";
const HMAC = { name: "HMAC", hash: "SHA-256" };

export class Confirmations {
  readonly #mode: ConfirmMode;
  readonly #clock: Clock;
  readonly #used = new Map<string, number>();
  #key: Promise<CryptoKey> | undefined;

  constructor(mode: ConfirmMode, clock: Clock = systemClock) {
    this.#mode = mode;
    this.#clock = clock;
  }

  /** Whether a tool is one to ask about. */
  covers({ hints }: Tool): boolean {
    return hints?.destructive === true;
  }

  /** @throws {ApiError} 403 for a call to which somebody has to agree, and nobody has */
  check(tool: Tool, agreed: boolean): void {
    if (this.#mode === "ask" || agreed || !this.covers(tool)) return;
    throw refusal(
      403,
      "confirmation_required",
      `${tool.name} needs a person's agreement here (CONFIRM_DELETES), and this client cannot ask ` +
        "for it. Nothing was done.",
    );
  }

  /**
   * The question to put to the person, or else whether they have agreed.
   *
   * @throws {ApiError} 403 when they have not, 400 when what came back is no answer to this call
   */
  async ask(
    call: Confirmable,
    server: Server,
    { mcpReq }: ServerContext,
  ): Promise<InputRequiredResult | boolean> {
    const state = mcpReq.requestState<unknown>();
    if (state !== undefined) await this.#open(call, state);
    const answer = inputResponse(mcpReq.inputResponses, QUESTION);
    if (state === undefined || answer.kind !== "elicit") {
      return canAsk(server, mcpReq.envelope) && await this.#question(call);
    }
    if (answer.action === "accept") return true;
    throw refusal(
      403,
      "declined",
      `The person did not agree to ${call.tool.name}. Nothing was done.`,
    );
  }

  async #question(call: Confirmable): Promise<InputRequiredResult> {
    return inputRequired({
      inputRequests: {
        [QUESTION]: inputRequired.elicit({
          message: questionText(call),
          requestedSchema: { type: "object", properties: {} },
        }),
      },
      requestState: await this.#seal(call),
    });
  }

  async #seal(call: Confirmable): Promise<string> {
    const head = `${this.#clock.now() + LIFE_MS}.${crypto.randomUUID()}`;
    const mac = await crypto.subtle.sign(HMAC, await this.#ownKey(), sealed(call, head));
    return `${head}.${new Uint8Array(mac).toHex()}`;
  }

  /** Checks a state, and uses it up. */
  async #open(call: Confirmable, state: unknown): Promise<void> {
    const [, head = "", expires = "", mac = ""] =
      /^((\d+)\.[0-9a-f-]{36})\.([0-9a-f]{64})$/.exec(String(state)) ?? [];
    const key = await this.#ownKey();
    const genuine = mac !== "" &&
      await crypto.subtle.verify(HMAC, key, Uint8Array.fromHex(mac), sealed(call, head));
    const now = this.#clock.now();
    for (const [used, until] of this.#used) if (until <= now) this.#used.delete(used);
    if (!genuine || Number(expires) <= now || this.#used.has(head)) {
      throw refusal(
        400,
        "invalid_confirmation",
        "The requestState is not for this call, was used before, or is older than ten minutes. " +
          "Nothing was done.",
      );
    }
    this.#used.set(head, Number(expires));
  }

  #ownKey(): Promise<CryptoKey> {
    return this.#key ??= crypto.subtle.generateKey({ ...HMAC, length: 256 }, false, [
      "sign",
      "verify",
    ]);
  }
}

function sealed({ tool, args, tenant }: Confirmable, head: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([tenant, tool.name, args, head]));
}

/** A client that names no kind of elicitation means forms. */
function canAsk(server: Server, envelope: object | undefined): boolean {
  const { [CLIENT_CAPABILITIES_META_KEY]: declared = server.getClientCapabilities() } = {
    ...envelope,
  } as { [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities };
  const elicitation = declared?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || !elicitation.url);
}

/** Arguments come from a model: on one line, and not for ever. */
function questionText({ tool, args }: Confirmable): string {
  const shown = Object.entries(args).map(([name, value]) =>
    `${name} ${JSON.stringify(value).slice(0, 200)}`
  );
  return `${tool.title}${shown.length > 0 ? `, ${shown.join(", ")}` : ""}? ${tool.description} ` +
    "This cannot be undone.";
}

function refusal(status: number, code: string, message: string): ApiError {
  return new ApiError(message, { status, code });
}
