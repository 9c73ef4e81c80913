/** Tables of tests whose first rows are enough for `npm test`, or for `npm run test:long`. */
import { inject, test } from 'vitest';

/** A row as the arguments of a test: a list, or one value. */
type Arguments<Row> = Row extends readonly unknown[] ? [...Row] : [Row];

/**
 * Tests the rows of a table, as `test.each` does: the first `count` in `npm test`, the next ones,
 * up to `inLong` in all, in `npm run test:long`, the others in `npm run test:deep`.
 */
export function testFirst<const Row>(count: number, rows: readonly Row[], inLong = rows.length) {
  return (name: string, run: (...row: Arguments<Row>) => Promise<void> | void): void => {
    test.each(rows.slice(0, count))(name, run as never);
    test.each(rows.slice(count, inLong))(name, { tags: 'long' }, run as never);
    test.each(rows.slice(inLong))(name, { tags: 'deep' }, run as never);
  };
}

/**
 * The number of problems that a test with the tag `sampled` draws: a quarter in `npm test`, all in
 * `npm run test:long`.
 */
export function sampled(most: number): number {
  return inject('specification').isWhole ? most : Math.ceil(most / 4);
}
