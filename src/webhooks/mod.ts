/**
 * Telling another program how runs go: each event is sent until it has arrived, for a day, by
 * whichever process comes to it. It may arrive twice, with the same id, and late ones after later
 * ones.
 */

import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../shared/clock.ts";
import type { Delivery, DeliveryStore } from "../store/mod.ts";
import { signedHeaders } from "./sign.ts";

export interface WebhooksOptions {
  store: DeliveryStore;
  url: string;
  /** As Standard Webhooks writes it, `whsec_` and base64; anything else is taken as it is. */
  secret: string;
  /** The machine's own unless told. */
  clock?: Clock;
}

const POLL_MS = 1000;
const AT_ONCE = 16;
const TIMEOUT_MS = 15_000;
/** How long a send may take when the process ends. */
const GRACE_MS = 2000;
/** A process that has claimed an event and is gone gives it back after this. */
const CLAIM_MS = 60_000;
/** The waits after the first tries, in seconds; the last is that of all further ones. */
const BACK_OFF_S = [5, 30, 120, 600, 1800, 3600];
const GIVE_UP_S = 24 * 3600;

const log = getLogger(["assistants-mcp", "webhooks"]);

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #clock: Clock;
  readonly #breakOff = new AbortController();
  readonly #sending = new Set<Promise<void>>();
  #looking: Promise<void> = Promise.resolve();
  #callOff: () => void;
  #closed = false;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#callOff = this.#lookIn(0);
  }

  /** Lets what is being sent arrive, for a moment; the rest is sent by the next process. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#callOff();
    await this.#looking;
    const callOff = this.#clock.after(GRACE_MS, () => this.#breakOff.abort());
    await Promise.all(this.#sending);
    callOff();
  }

  #lookIn(ms: number): () => void {
    return this.#clock.after(ms, () => this.#looking = this.#look());
  }

  async #look(): Promise<void> {
    const room = AT_ONCE - this.#sending.size;
    if (room > 0) await this.#take(room);
    if (!this.#closed) this.#callOff = this.#lookIn(POLL_MS);
  }

  async #take(limit: number): Promise<void> {
    const now = this.#clock.now();
    try {
      const due = await this.#options.store.claimDeliveries(now, now + CLAIM_MS, limit);
      for (const delivery of due) this.#start(delivery);
    } catch (error) {
      log.error("Webhook events could not be looked for.", { error });
    }
  }

  #start(delivery: Delivery): void {
    const sending = this.#deliver(delivery)
      .catch((error) => log.error("The state of a webhook event could not be kept.", { error }))
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { store } = this.#options;
    const { event, attempts } = delivery;
    const about = { event: event.id, type: event.type, run: event.data.id, attempts };
    const failure = await this.#send(event);
    if (failure === undefined) {
      log.debug("Webhook event {event} has arrived.", about);
      return await store.deleteDelivery(delivery);
    }
    if (this.#breakOff.signal.aborted) return await store.postponeDelivery(delivery, 0);
    const nowMs = this.#clock.now();
    if (nowMs / 1000 - event.created_at >= GIVE_UP_S) {
      log.error("Webhook event {event} is given up: {failure}.", { ...about, failure });
      return await store.deleteDelivery(delivery);
    }
    const waitS = BACK_OFF_S[Math.min(attempts, BACK_OFF_S.length) - 1] ?? 0;
    log.warning("Webhook event {event} did not arrive: {failure}. Next try in {waitS} s.", {
      ...about,
      failure,
      waitS,
    });
    await store.postponeDelivery(delivery, nowMs + waitS * 1000);
  }

  /** What went wrong; undefined when it has arrived. */
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
        // The address is the operator's; where it leads on to is not.
        redirect: "manual",
        signal: AbortSignal.any([this.#breakOff.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      return response.ok ? undefined : `HTTP ${response.status}`;
    } catch (error) {
      // The text of the error may hold the address, and that a secret.
      return error instanceof Error && error.name === "TimeoutError"
        ? `no answer within ${TIMEOUT_MS / 1000} s`
        : "the address cannot be reached";
    }
  }
}
