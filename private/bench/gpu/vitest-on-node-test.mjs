// What the specification takes of Vitest, on `node:test`: in the folder for a machine with a GPU this stands in for Vitest, which needs an
// installation. It has no timeouts.
import { after, before, describe as nodeDescribe, test as nodeTest } from 'node:test';
import { format } from 'node:util';

export const beforeAll = before;
export const afterAll = after;

export const describe = withTables((name, body) => void nodeDescribe(name, body));
export const test = Object.assign(
  withTables((name, body) => void nodeTest(name, body)),
  { skip: (/** @type {string} */ name) => void nodeTest.skip(name, () => {}) },
);

/**
 * @param {(name: string, body: () => void | Promise<void>) => void} declare
 */
function withTables(declare) {
  return Object.assign(declare, {
    /**
     * One for each row; a row that is no array is one argument.
     *
     * @template R
     * @param {readonly R[]} rows
     */
    each:
      (rows) =>
      /** @param {string} name @param {(...values: unknown[]) => void | Promise<void>} body */
      (name, body) => {
        for (const row of rows) {
          const values = Array.isArray(row) ? row : [row];
          // Only what the name has a place for.
          const places = name.match(/%[a-z]/g) ?? [];
          declare(format(name, ...values.slice(0, places.length)), () => body(...values));
        }
      },
  });
}
