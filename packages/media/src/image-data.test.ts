import { expect, test } from 'vitest';
import { toImageData } from './index.ts';

test('without ImageData, as in Node, the error says so', () => {
  const gray = { data: Uint8Array.of(1), width: 1, height: 1, channels: 1 } as const;
  expect(() => toImageData(gray)).toThrow(new Error('toImageData: this environment has no ImageData; use the pixels as they are'));
});
