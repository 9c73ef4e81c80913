/** How deep a model's topology is nested. */
import { typeError } from 'softpool/internal';

/**
 * The most levels of lists and objects. A model in a model adds four, so that more than a hundred
 * can be nested.
 */
const MOST_LEVELS = 500;

/** Throws a TypeError if a topology is nested deeper than what follows can walk through. */
export function checkNesting(call: string, argument: string, topology: unknown): void {
  let level: unknown[] = [topology];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) {
      throw typeError(call, argument, 'a topology', topology, `, nested more than ${MOST_LEVELS} levels deep`);
    }
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      for (const each of Object.values(value)) if (typeof each === 'object') next.push(each);
    }
    level = next;
  }
}
