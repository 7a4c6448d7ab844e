/** A key taken out of what a model server streams, wherever the bytes are cut. */

/** A shorter one is no secret, and would be found in the middle of words. */
const SHORTEST = 8;

export class KeyFilter {
  readonly #key: string;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  /** What may be the beginning of a key. */
  #held = "";

  /** @param key of the request; all passes where there is none */
  constructor(key = "") {
    this.#key = key.length < SHORTEST ? "" : key;
  }

  /** What can be passed on by now. */
  add(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.#key === "") return bytes;
    const text = this.#held + this.#decoder.decode(bytes, { stream: true });
    const clean = text.replaceAll(this.#key, "[key]");
    const end = clean.length - this.#begunIn(clean);
    this.#held = clean.slice(end);
    return this.#encoder.encode(clean.slice(0, end));
  }

  /** What is left at the end. */
  rest(): Uint8Array<ArrayBuffer> {
    return this.#encoder.encode(this.#held + this.#decoder.decode());
  }

  /** How much at the end of a text may be the beginning of a key. */
  #begunIn(text: string): number {
    // An event ends with a line, and no key does.
    if (!this.#key.includes(text.slice(-1))) return 0;
    for (let length = Math.min(text.length, this.#key.length - 1); length > 0; length--) {
      if (this.#key.startsWith(text.slice(-length))) return length;
    }
    return 0;
  }
}
