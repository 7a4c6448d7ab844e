/**
 * How many tokens a tenant may use in a day: counted where answers of models pass by, so that
 * whatever asks for them counts, and nothing does twice.
 */

import type { Clock } from "../../shared/clock.ts";
import { ApiError } from "../../shared/errors.ts";
import { operationOfUrl } from "../../shared/openai_routes.ts";
import type { Fetch } from "../mod.ts";

const DAY_MS = 24 * 3600 * 1000;

export class TokenBudget {
  readonly #perDay: number;
  readonly #clock: Clock;
  #day = 0;
  #spent = new Map<string, number>();

  constructor(perDay: number, clock: Clock) {
    this.#perDay = perDay;
    this.#clock = clock;
  }

  /** @throws {ApiError} 429 when the tenant has none left */
  check(tenant: string): void {
    if ((this.#today().get(tenant) ?? 0) < this.#perDay) return;
    const leftMs = DAY_MS - this.#clock.now() % DAY_MS;
    throw new ApiError(
      `Your ${this.#perDay} tokens of today are used up (TOKENS_PER_DAY). ` +
        "There are new ones from midnight UTC on.",
      {
        status: 429,
        type: "rate_limit_error",
        code: "tokens_per_day_exceeded",
        retryAfterS: Math.ceil(leftMs / 1000),
      },
    );
  }

  /** The same `fetch` for a tenant, whose requests for responses count and are refused in the end. */
  counting(ask: Fetch, tenant: string): Fetch {
    return async (url, init) => {
      const operation = operationOfUrl(init?.method ?? "GET", url);
      if (operation !== "createResponse" && operation !== "compactResponse") {
        return await ask(url, init);
      }
      this.check(tenant);
      const response = await ask(url, init);
      return await counted(response, (tokens) => this.#spend(tenant, tokens));
    };
  }

  #spend(tenant: string, tokens: number): void {
    const spent = this.#today();
    spent.set(tenant, (spent.get(tenant) ?? 0) + tokens);
  }

  #today(): Map<string, number> {
    const day = Math.floor(this.#clock.now() / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#spent = new Map();
    }
    return this.#spent;
  }
}

type Count = (tokens: number) => void;

async function counted(response: Response, count: Count): Promise<Response> {
  if (!response.ok || response.body === null) return response;
  if (response.headers.get("content-type")?.startsWith("application/json")) {
    const text = await response.text();
    count(tokensOf(text));
    return new Response(text, response);
  }
  return new Response(response.body.pipeThrough(watching(count)), response);
}

/** Passes server-sent events on, and counts with the last of a response. */
function watching(
  count: Count,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const decoder = new TextDecoder();
  let rest = "";
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (/^data: *\{.*"type": *"response\.(completed|incomplete|failed)"/.test(line)) {
          count(tokensOf(line.slice("data:".length)));
        }
      }
      controller.enqueue(chunk);
    },
  });
}

/** The tokens of a response, or of the event that brings one. */
function tokensOf(json: string): number {
  try {
    const value = JSON.parse(json);
    return Number((value.response ?? value).usage?.total_tokens) || 0;
  } catch {
    return 0;
  }
}
