import { decodeBytes } from 'softpool/internal';
import { expect, test } from 'vitest';
import { encodeBytes, isWholeText } from '../../scripts/bytes-as-text.mjs';

const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** Each byte behind each of those that a local variable's index may follow. */
const pairs = Uint8Array.from([0x1f, 0x20, 0x21, 0x22, 0x23].flatMap((first) => [...all].flatMap((byte) => [first, byte])));

test.each([
  ['all bytes', all],
  ['all bytes, in descending order', all.toReversed()],
  ['pairs of bytes', pairs],
  ['bytes of which the last has no successor', Uint8Array.of(1, 0x20)],
])('texts give back the bytes that they were made from: %s', (_, bytes) => {
  expect(decodeBytes(encodeBytes(bytes))).toEqual(bytes);
});

test('texts of pieces give back the bytes, if each but the last is whole', () => {
  const [first, second] = [Uint8Array.of(0x20, 0x21, 250), Uint8Array.of(0x22, 7)];
  expect([isWholeText(first), isWholeText(Uint8Array.of(0x20, 0x21, 0x22))]).toEqual([true, false]);
  expect(decodeBytes(encodeBytes(first), encodeBytes(second))).toEqual(Uint8Array.of(...first, ...second));
});

test('texts have only characters that every encoding of a page shares, and no line break', () => {
  for (const text of encodeBytes(Uint8Array.of(...all, ...pairs))) expect(text).toMatch(/^[ -~]+$/);
});
