/** A map with a maximum size. */

/** A map that drops the least recently used entry beyond its maximum size. */
export class BoundedMap<K, V> {
  readonly #maxSize: number;
  // In the order of use: deleting and setting an entry makes it the last.
  readonly #entries = new Map<K, V>();

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** Tells whether a key has an entry; does not count as a use. */
  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** Returns the value of a key, which counts as a use. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#maxSize) return;
    const [oldest] = this.#entries.keys();
    this.#entries.delete(oldest as K);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Returns the values, least recently used first; does not count as a use. */
  values(): MapIterator<V> {
    return this.#entries.values();
  }
}
