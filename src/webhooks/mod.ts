/**
 * Webhooks: sends the events of runs to a URL.
 *
 * Each event is retried for a day, by any process on the database. An event may arrive twice, with
 * the same id, and events may arrive out of order.
 */

import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../shared/clock.ts";
import type { Delivery, DeliveryStore } from "../store/mod.ts";
import { signedHeaders } from "./_signature.ts";

/** Options of `Webhooks`. */
export interface WebhooksOptions {
  store: DeliveryStore;
  url: string;
  /** `whsec_` and a key in base64, as in Standard Webhooks, or a key as plain text. */
  secret: string;
  /** @default the system clock */
  clock?: Clock;
}

const POLL_MS = 1000;

/** Maximum number of concurrent requests. */
const MAX_CONCURRENT = 16;

const REQUEST_TIMEOUT_MS = 15_000;

/** How long `close()` waits for requests. */
const CLOSE_TIMEOUT_MS = 2000;

/** How long a claim lasts; the events of a process that dies are due again after this time. */
const CLAIM_MS = 60_000;

/** Delays after the first attempts; the last one applies to all further attempts. */
const RETRY_DELAYS_S = [5, 30, 120, 600, 1800, 3600];

/** Age at which an event is no longer retried. */
const MAX_AGE_S = 24 * 3600;

const log = getLogger(["assistants-mcp", "webhooks"]);

/** Polls for due events and sends them, from construction until it is closed. */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #requests = new Set<Promise<void>>();
  #polling: Promise<void> = Promise.resolve();
  #cancelPoll: () => void;
  #closed = false;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#cancelPoll = this.#pollIn(0);
  }

  /** Stops polling, waits briefly for current requests, and releases the events that did not arrive. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelPoll();
    await this.#polling;
    const cancelAbort = this.#clock.after(CLOSE_TIMEOUT_MS, () => this.#abort.abort());
    await Promise.all(this.#requests);
    cancelAbort();
  }

  #pollIn(delayMs: number): () => void {
    return this.#clock.after(delayMs, () => this.#polling = this.#poll());
  }

  async #poll(): Promise<void> {
    const free = MAX_CONCURRENT - this.#requests.size;
    if (free > 0) await this.#claim(free);
    if (!this.#closed) this.#cancelPoll = this.#pollIn(POLL_MS);
  }

  async #claim(limit: number): Promise<void> {
    const nowMs = this.#clock.now();
    try {
      const due = await this.#options.store.claimDeliveries(nowMs, nowMs + CLAIM_MS, limit);
      for (const delivery of due) this.#start(delivery);
    } catch (error) {
      log.error("Cannot read webhook events from the database.", { error });
    }
  }

  #start(delivery: Delivery): void {
    const request = this.#deliver(delivery)
      .catch((error) => log.error("Cannot store the state of a webhook event.", { error }))
      .finally(() => this.#requests.delete(request));
    this.#requests.add(request);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { store } = this.#options;
    const { event, attempts } = delivery;
    const fields = { event: event.id, type: event.type, run: event.data.id, attempts };
    const failure = await this.#send(event);
    if (failure === undefined) {
      log.debug("Delivered webhook event {event}.", fields);
      return await store.deleteDelivery(delivery);
    }
    if (this.#abort.signal.aborted) return await store.postponeDelivery(delivery, 0);
    const nowMs = this.#clock.now();
    if (nowMs / 1000 - event.created_at >= MAX_AGE_S) {
      log.error("Gave up on webhook event {event}: {failure}.", { ...fields, failure });
      return await store.deleteDelivery(delivery);
    }
    const waitS = RETRY_DELAYS_S[Math.min(attempts, RETRY_DELAYS_S.length) - 1] ?? 0;
    log.warning("Cannot deliver webhook event {event}: {failure}. Next attempt in {waitS} s.", {
      ...fields,
      failure,
      waitS,
    });
    await store.postponeDelivery(delivery, nowMs + waitS * 1000);
  }

  /** Returns why an event was not delivered, or undefined if it was. */
  async #send(event: Delivery["event"]): Promise<string | undefined> {
    const { url, secret } = this.#options;
    const body = JSON.stringify(event);
    try {
      const response = await fetch(url, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          "user-agent": "assistants-mcp",
          ...signedHeaders(event.id, body, secret, this.#clock.now()),
        },
        // The operator trusts the URL, but not where it may redirect to.
        redirect: "manual",
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      return response.ok ? undefined : `HTTP ${response.status}`;
    } catch (error) {
      // The error's own text may contain the URL, and the URL a secret.
      return error instanceof Error && error.name === "TimeoutError"
        ? `no response within ${REQUEST_TIMEOUT_MS / 1000} s`
        : "the URL cannot be reached";
    }
  }
}
