/** A map that keeps the entries used last, so that it stays small however many keys come by. */
export class BoundedCache<Key, Value> {
  readonly #most: number;
  readonly #entries = new Map<Key, Value>(); // the one used last is the last

  /** @param most - The number of entries kept. */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /**
   * Adds or replaces an entry. If there are too many, drops the one not used for longest, and
   * returns its value.
   */
  set(key: Key, value: Value): Value | undefined {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return undefined;
    const [[oldest, dropped]] = this.#entries as Iterable<[Key, Value]> as [[Key, Value]];
    this.#entries.delete(oldest);
    return dropped;
  }

  /** Forgets all entries, and returns their values. */
  clear(): Value[] {
    const values = [...this.#entries.values()];
    this.#entries.clear();
    return values;
  }
}
