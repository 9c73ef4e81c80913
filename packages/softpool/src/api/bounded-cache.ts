/** A map that keeps the newest entries, so that it stays small however many keys come by. */
export class BoundedCache<Key, Value> {
  readonly #most: number;
  readonly #entries = new Map<Key, Value>();

  /** @param most - The number of entries kept. */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Adds an entry; the oldest makes room for it. Returns that one's value. */
  set(key: Key, value: Value): Value | undefined {
    const oldest = this.#entries.size < this.#most ? undefined : this.#entries.entries().next().value;
    if (oldest !== undefined) this.#entries.delete(oldest[0]);
    this.#entries.set(key, value);
    return oldest?.[1];
  }

  /** Forgets all entries, and returns their values. */
  clear(): Value[] {
    const values = [...this.#entries.values()];
    this.#entries.clear();
    return values;
  }
}
