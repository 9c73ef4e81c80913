/** Adds to long lists. */

/** Adds all items to a list. `push(...items)` fails for some 100,000 of them. */
export function addAll<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}
