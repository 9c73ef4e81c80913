import { expect, test } from 'vitest';
import { createGain } from './gain.ts';

/** Calls in a row, each shared or not, of which shared ones take this long beside 1 alone. */
function sharedOf(count: number, milliseconds: (call: number) => number): boolean[] {
  const gain = createGain();
  return Array.from({ length: count }, (_, call) => {
    const isShared = gain.isNextShared();
    if (isShared) gain.note(milliseconds(call), 1);
    return isShared;
  });
}

test('calls that workers make faster are shared with them', () => {
  expect(sharedOf(100, () => 0.6)).toEqual(Array(100).fill(true));
});

test('calls that workers make slower are rarely shared: after 1, 2, 4 … at most 64 calls alone', () => {
  const shared = sharedOf(400, () => 1.5).flatMap((isShared, call) => (isShared ? [call] : []));
  expect(shared).toEqual([0, 2, 5, 10, 19, 36, 69, 134, 199, 264, 329, 394]);
});

test('one slow call among fast ones changes nothing, and two in a row cost one call alone', () => {
  const slow = [20, 40, 41];
  const expected = Array.from({ length: 60 }, (_, call) => call !== 42);
  expect(sharedOf(60, (call) => (slow.includes(call) ? 9 : 0.5))).toEqual(expected);
});

test('calls are shared again once that makes them faster', () => {
  const shared = sharedOf(1000, (call) => (call < 500 ? 2 : 0.5));
  expect(shared.slice(0, 500).filter(Boolean).length).toBeLessThan(20);
  expect(shared.slice(-100)).toEqual(Array(100).fill(true));
});
