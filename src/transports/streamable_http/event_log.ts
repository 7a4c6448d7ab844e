/**
 * What has been sent over the streams of 2025 sessions, so that a client that lost its connection
 * gets the rest of it. Bounded in each session and over all of them: the oldest is forgotten first.
 */

import type { EventStore, JSONRPCMessage } from "@modelcontextprotocol/server";

export interface EventLogLimits {
  /** The most that is kept of one session, in characters of JSON with what it costs to keep them. */
  perSession: number;
  /** The most that is kept of all of them together. */
  overall: number;
}

/** The events of one session. */
export interface SessionEvents extends EventStore {
  /** Forgets all of them. */
  clear(): void;
}

interface Event {
  streamId: string;
  /** The message as JSON: a text is smaller than what it describes. */
  text: string;
}

/** Events by their number, oldest first, and what they cost together. */
class Events {
  readonly byNumber = new Map<number, Event>();
  size = 0;
}

/** What an event costs beside its text, in bytes: else a session could have any number of marks. */
const COST = 200;

/** A mark on a stream that is no message, to which a client can come back. */
const MARK = "{}";

export class EventLog {
  readonly #limits: EventLogLimits;
  /** Whose each event is, oldest first. */
  readonly #owners = new Map<number, Events>();
  #size = 0;
  #last = 0;

  constructor(limits: EventLogLimits) {
    this.#limits = limits;
  }

  /** How much is kept, as the limits count it. */
  get size(): number {
    return this.#size;
  }

  session(): SessionEvents {
    const events = new Events();
    return {
      storeEvent: (streamId, message) => Promise.resolve(this.#store(events, streamId, message)),
      getStreamIdForEventId: (eventId) => Promise.resolve(parseEventId(eventId)?.streamId),
      replayEventsAfter: (lastEventId, { send }) => replay(events, lastEventId, send),
      clear: () => {
        for (const number of events.byNumber.keys()) this.#forget(number, events);
      },
    };
  }

  #store(events: Events, streamId: string, message: JSONRPCMessage): string {
    const number = ++this.#last;
    const text = JSON.stringify(message);
    events.byNumber.set(number, { streamId, text });
    events.size += costOf(text);
    this.#owners.set(number, events);
    this.#size += costOf(text);
    while (events.size > this.#limits.perSession) this.#forgetOldest(events.byNumber, events);
    while (this.#size > this.#limits.overall) this.#forgetOldest(this.#owners);
    return `${streamId}_${number}`;
  }

  #forgetOldest(numbers: Map<number, unknown>, events?: Events): void {
    for (const number of numbers.keys()) {
      return this.#forget(number, events ?? this.#owners.get(number));
    }
  }

  #forget(number: number, events: Events | undefined): void {
    const event = events?.byNumber.get(number);
    if (events === undefined || event === undefined) return;
    const cost = costOf(event.text);
    events.byNumber.delete(number);
    events.size -= cost;
    this.#owners.delete(number);
    this.#size -= cost;
  }
}

function costOf(text: string): number {
  return text.length + COST;
}

async function replay(
  { byNumber }: Events,
  lastEventId: string,
  send: (eventId: string, message: JSONRPCMessage) => Promise<void>,
): Promise<string> {
  const last = parseEventId(lastEventId);
  if (last === undefined) throw new Error("The event id is not one of ours.");
  for (const [number, { streamId, text }] of byNumber) {
    if (number <= last.number || streamId !== last.streamId || text === MARK) continue;
    await send(`${streamId}_${number}`, JSON.parse(text));
  }
  return last.streamId;
}

function parseEventId(eventId: string): { streamId: string; number: number } | undefined {
  const [, streamId, number] = /^([\w-]+)_(\d{1,15})$/.exec(eventId) ?? [];
  return streamId === undefined ? undefined : { streamId, number: Number(number) };
}
