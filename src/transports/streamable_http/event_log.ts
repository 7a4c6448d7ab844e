/**
 * The events sent over the streams of sessions, so that a client that lost its connection receives
 * the rest. Beyond a limit per session, and one in total, the oldest events are dropped.
 */

import type { EventStore, JSONRPCMessage } from "@modelcontextprotocol/server";

/** Memory limits, estimated as one byte per character of JSON and an overhead per event. */
export interface EventLogLimits {
  sessionBytes: number;
  totalBytes: number;
}

/** The events of one session. */
export interface SessionEvents extends EventStore {
  /** Drops all events of the session. */
  clear(): void;
}

interface Event {
  streamId: string;
  /** The message as JSON, which takes less memory than the object. */
  json: string;
}

class StoredEvents {
  /** Oldest first. */
  readonly byNumber = new Map<number, Event>();
  bytes = 0;
}

/** Overhead of one event, without which any number of empty events would fit. */
const OVERHEAD_BYTES = 200;

/** The SDK's first event on each stream: it has an ID to resume from, but no message. */
const PRIMING_EVENT = "{}";

/** The stored events of all sessions. */
export class EventLog {
  readonly #limits: EventLogLimits;
  /** The session of each event by its number, oldest first. */
  readonly #owners = new Map<number, StoredEvents>();
  #bytes = 0;
  #lastNumber = 0;

  constructor(limits: EventLogLimits) {
    this.#limits = limits;
  }

  /** The estimated memory of all events, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the store of a new session. */
  session(): SessionEvents {
    const events = new StoredEvents();
    return {
      storeEvent: (streamId, message) => Promise.resolve(this.#store(events, streamId, message)),
      getStreamIdForEventId: (eventId) => Promise.resolve(parseEventId(eventId)?.streamId),
      replayEventsAfter: (lastEventId, { send }) => replay(events, lastEventId, send),
      clear: () => {
        for (const number of events.byNumber.keys()) this.#drop(number, events);
      },
    };
  }

  #store(events: StoredEvents, streamId: string, message: JSONRPCMessage): string {
    const number = ++this.#lastNumber;
    const json = JSON.stringify(message);
    const bytes = bytesOf(json);
    events.byNumber.set(number, { streamId, json });
    events.bytes += bytes;
    this.#owners.set(number, events);
    this.#bytes += bytes;
    while (events.bytes > this.#limits.sessionBytes) this.#dropOldest(events.byNumber, events);
    while (this.#bytes > this.#limits.totalBytes) this.#dropOldest(this.#owners);
    return `${streamId}_${number}`;
  }

  #dropOldest(numbers: Map<number, unknown>, events?: StoredEvents): void {
    for (const number of numbers.keys()) {
      return this.#drop(number, events ?? this.#owners.get(number));
    }
  }

  #drop(number: number, events: StoredEvents | undefined): void {
    const event = events?.byNumber.get(number);
    if (events === undefined || event === undefined) return;
    const bytes = bytesOf(event.json);
    events.byNumber.delete(number);
    events.bytes -= bytes;
    this.#owners.delete(number);
    this.#bytes -= bytes;
  }
}

function bytesOf(json: string): number {
  return json.length + OVERHEAD_BYTES;
}

/** Sends the later events of the same stream, and returns its ID. */
async function replay(
  { byNumber }: StoredEvents,
  lastEventId: string,
  send: (eventId: string, message: JSONRPCMessage) => Promise<void>,
): Promise<string> {
  const last = parseEventId(lastEventId);
  if (last === undefined) throw new Error("The event ID is invalid.");
  for (const [number, { streamId, json }] of byNumber) {
    if (number <= last.number || streamId !== last.streamId || json === PRIMING_EVENT) continue;
    await send(`${streamId}_${number}`, JSON.parse(json));
  }
  return last.streamId;
}

function parseEventId(eventId: string): { streamId: string; number: number } | undefined {
  const [, streamId, number] = /^([\w-]+)_(\d{1,15})$/.exec(eventId) ?? [];
  return streamId === undefined ? undefined : { streamId, number: Number(number) };
}
