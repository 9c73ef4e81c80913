/** The part of Vitest that the specification uses, on `node:test`, for a machine without npm. */
import * as node from 'node:test';
import { format } from 'node:util';

export { after as afterAll, before as beforeAll } from 'node:test';

type Body = (...values: unknown[]) => void | Promise<void>;

export const describe = withTables((name, body) => void node.describe(name, body));
export const test = Object.assign(
  withTables((name, body) => void node.test(name, body)),
  { skip: (name: string) => void node.test.skip(name, () => {}) },
);

function withTables(declare: (name: string, body: () => void | Promise<void>) => void) {
  /** One for each row; a row that is not an array is one argument. */
  const each = (rows: readonly unknown[]) => (name: string, body: Body) => {
    for (const row of rows) {
      const values = Array.isArray(row) ? row : [row];
      const places = name.match(/%[a-z]/g) ?? []; // `format` appends values without a place
      declare(format(name, ...values.slice(0, places.length)), () => body(...values));
    }
  };
  return Object.assign(declare, { each });
}
