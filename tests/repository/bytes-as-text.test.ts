import { decodeBytes } from 'softpool/internal';
import { expect, test } from 'vitest';
import { encodeBytes } from '../../scripts/bytes-as-text.mjs';

test('text gives back the bytes that it was made from', () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(decodeBytes(encodeBytes(all))).toEqual(all);
  expect(decodeBytes(encodeBytes(all.toReversed()))).toEqual(all.toReversed());
});

test('text has only characters that every encoding of a page shares, and no line break', () => {
  expect(encodeBytes(Uint8Array.from({ length: 256 }, (_, byte) => byte))).toMatch(/^[ -~]+$/);
});
