import { expect, test } from 'vitest';
import { elementsOf, type TensorType } from './elements.ts';

test.each<[TensorType, readonly (number | bigint)[]]>([
  ['int8', [127, -128, 3, -2, 0]],
  ['uint8', [255, 0, 3, 0, 0]],
  ['int16', [32767, -32768, 3, -2, 0]],
  ['uint16', [65535, 0, 3, 0, 0]],
  ['int32', [2147483647, -2147483648, 3, -2, 0]],
  ['uint32', [4294967295, 0, 3, 0, 0]],
  ['int64', [9223372036854775807n, -9223372036854775808n, 3n, -2n, 0n]],
  ['uint64', [18446744073709551615n, 0n, 3n, 0n, 0n]],
])('numbers become the nearest of %s', (type, expected) => {
  expect([...elementsOf(type, [1e30, Number.NEGATIVE_INFINITY, 2.6, -2.4, Number.NaN])]).toEqual(expected);
});
