import { afterEach, describe, expect, test, vi } from 'vitest';
import * as softpool from '../index.ts';
import { allBytes } from './all-kernels.ts';
import { fuse } from './fuse.ts';
import { FUSED_PLACES } from './gradient.generated.ts';

/**
 * f32x4.relaxed_madd, as the specification of WebAssembly writes it: prefix 0xfd, 0x105 in LEB128.
 */
const FUSED = [0xfd, 0x85, 0x02];

const has = (bytes: Uint8Array, part: readonly number[], at: number): boolean => part.every((byte, i) => bytes[at + i] === byte);

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe('the kernels', () => {
  const plain = allBytes();
  const fused = fuse(plain, FUSED_PLACES);

  test('differ in the fused places only, each a product that is added to a local variable', () => {
    const places = FUSED_PLACES.map((_, i) => FUSED_PLACES.slice(0, i + 1).reduce((a, b) => a - b, plain.length));
    const inside = new Set(places.flatMap((place) => Array.from({ length: 8 }, (_, i) => place + i)));
    expect(fused).toHaveLength(plain.length);
    expect(plain.findIndex((byte, i) => byte !== fused[i] && !inside.has(i))).toBe(-1);
    for (const place of places) {
      expect(has(plain, [0xfd, 0xe6, 1, 0x20], place) && has(plain, [0xfd, 0xe4, 1], place + 5)).toBe(true);
      expect(has(fused, [0x20, plain[place + 4]!, ...FUSED, 1, 1, 1], place)).toBe(true);
    }
  });

  test('are valid as they are on every engine, and fused where it has relaxed SIMD', () => {
    // A function that multiplies and adds three vectors of zeros.
    const zeros = Array.from({ length: 3 }, () => [0xfd, 12, ...Array(16).fill(0)]).flat();
    const body = [0, ...zeros, ...FUSED, 0x1a, 0x0b];
    const header = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, body.length + 2, 1, body.length];
    const isRelaxed = WebAssembly.validate(Uint8Array.of(...header, ...body));
    expect(WebAssembly.validate(plain)).toBe(true);
    expect(WebAssembly.validate(fused)).toBe(isRelaxed);
  });
});

test('an engine without relaxed SIMD gives the bits of softpool', async () => {
  const isFused = (bytes: Uint8Array): boolean => bytes.some((_, at) => has(bytes, FUSED, at));
  const { Module, Instance, Memory, validate: validatePlain } = WebAssembly;
  const validate = (bytes: Uint8Array<ArrayBuffer>): boolean => !isFused(bytes) && validatePlain(bytes);
  vi.stubGlobal('WebAssembly', { Module, Instance, Memory, validate });
  vi.resetModules();
  const relaxed = await import('../relaxed.ts');
  const { createThreadedSoftPool } = await import('../threads.ts');
  const x = { data: Float32Array.from({ length: 3 * 40 * 50 }, (_, i) => 5 * Math.sin(i * 12.9898)), shape: [3, 40, 50] };
  const y = softpool.softPool2d(x, { kernelSize: 2 });
  expect(relaxed.softPool2d(x, { kernelSize: 2 })).toEqual(y);
  expect(relaxed.softPool2dGrad(x, y, { kernelSize: 2 })).toEqual(softpool.softPool2dGrad(x, y, { kernelSize: 2 }));
  const threads = await createThreadedSoftPool({ threads: 2, relaxedSimd: true });
  expect(await threads.softPool2d(x, { kernelSize: 2 })).toEqual(y);
  threads.dispose();
});
