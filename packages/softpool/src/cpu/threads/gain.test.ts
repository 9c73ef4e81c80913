import { expect, test } from 'vitest';
import { createGain } from './gain.ts';

/** Calls in a row that take so long shared and alone. Returns which were shared. */
function sharedOf(count: number, times: (call: number) => { readonly shared: number; readonly alone: number }): boolean[] {
  const gain = createGain();
  return Array.from({ length: count }, (_, call) => {
    const isShared = gain.isNextShared();
    const { shared, alone } = times(call);
    gain.note(isShared ? shared : alone);
    return isShared;
  });
}

const countOf = (calls: readonly boolean[], wanted: boolean): number => calls.filter((isShared) => isShared === wanted).length;

test('calls that workers make faster are shared, but for three of a hundred at twice the speed', () => {
  const shared = sharedOf(1000, () => ({ shared: 1, alone: 2 }));
  expect(shared.slice(0, 4)).toEqual([true, true, true, false]);
  const tries = countOf(shared.slice(500), false);
  expect(tries).toBeGreaterThan(0);
  expect(tries).toBeLessThanOrEqual(3 * Math.ceil(500 / 96));
});

test('calls that workers make slower are computed alone, and tries take a 16th of the time', () => {
  const calls = sharedOf(10000, () => ({ shared: 3, alone: 2 })).slice(1000);
  const tried = 3 * countOf(calls, true);
  expect(tried).toBeGreaterThan(0);
  expect(tried / (2 * countOf(calls, false))).toBeLessThan(1 / 16);
});

test('one interrupted call changes nothing', () => {
  const interrupted = 210;
  const steady = sharedOf(260, () => ({ shared: 1, alone: 2 }));
  const disturbed = sharedOf(260, (call) => ({ shared: call === interrupted ? 100 : 1, alone: 2 }));
  expect(steady[interrupted]).toBe(true);
  expect(countOf(disturbed.slice(200), false)).toBeLessThanOrEqual(countOf(steady.slice(200), false) + 3);
});

test('calls are computed alone as soon as sharing is slower, and shared again once it is faster', () => {
  const isBusy = (call: number): boolean => call >= 300 && call < 600;
  const shared = sharedOf(1000, (call) => ({ shared: isBusy(call) ? 4 : 1, alone: 2 }));
  expect(shared.slice(310, 320)).toEqual(Array(10).fill(false));
  expect(countOf(shared.slice(800), true)).toBeGreaterThan(180);
});
