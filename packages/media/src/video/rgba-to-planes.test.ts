import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { rgbaToPlanes } from './rgba-to-planes.ts';

/** Pixels of RGBA from a fixed sequence. */
function noise(width: number, height: number) {
  let state = 5;
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { data, width, height, channels: 4 as const };
}

test.each([
  // Those of bars of 100 % in HD video of 8 bits.
  ['white', [255, 255, 255], [235, 128, 128]],
  ['yellow', [255, 255, 0], [219, 16, 138]],
  ['cyan', [0, 255, 255], [188, 154, 16]],
  ['green', [0, 255, 0], [173, 42, 26]],
  ['magenta', [255, 0, 255], [78, 214, 230]],
  ['red', [255, 0, 0], [63, 102, 240]],
  ['blue', [0, 0, 255], [32, 240, 118]],
  ['black', [0, 0, 0], [16, 128, 128]],
] as const)('%s has the levels of color bars', (_, color, levels) => {
  const data = Uint8ClampedArray.of(...color, 255, ...color, 255, ...color, 255, ...color, 255);
  const [y, cb, cr] = levels;
  expect([...rgbaToPlanes({ data, width: 2, height: 2, channels: 4 }, 2, 2)]).toEqual([y, y, y, y, cb, cr]);
  expect([...rgbaToPlanes({ data: data.slice(0, 4), width: 1, height: 1, channels: 4 }, 1, 1)]).toEqual(levels);
});

test("planes are ffmpeg's, to one level", () => {
  // Each color fills 2 × 2 pixels, so that it does not matter where chroma lies between them.
  const colors = noise(40, 30);
  const data = new Uint8ClampedArray(80 * 60 * 4);
  for (let i = 0; i < 80 * 60; i++) {
    const from = (Math.floor(i / 160) * 40 + Math.floor((i % 80) / 2)) * 4;
    data.set(colors.data.subarray(from, from + 4), i * 4);
  }
  const conversion = 'scale=in_range=pc:out_color_matrix=bt709:out_range=tv:flags=area+accurate_rnd+full_chroma_int+full_chroma_inp';
  const expected = execFileSync(
    'ffmpeg',
    `-v error -f rawvideo -pix_fmt rgb0 -s 80x60 -i pipe:0 -vf ${conversion},format=yuv420p -f rawvideo pipe:1`.split(' '),
    { input: data },
  );
  const planes = rgbaToPlanes({ data, width: 80, height: 60, channels: 4 }, 80, 60);
  expect(planes.length).toBe(expected.length);
  planes.forEach((level, i) => {
    expect(Math.abs(level - (expected[i] as number)), `${i}: ${level}, ${expected[i]}`).toBeLessThanOrEqual(1);
  });
});

test('rows and columns behind the given size are left out, and chroma is that of the mean', () => {
  const picture = noise(7, 5);
  const at = (x: number, y: number, c: number) => picture.data[(y * 7 + x) * 4 + c] as number;
  const luma = (red: number, green: number, blue: number) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const expected: number[] = [];
  for (let y = 0; y < 4; y++) {
    for (let x = 0; x < 6; x++) expected.push(16 + (luma(at(x, y, 0), at(x, y, 1), at(x, y, 2)) * 219) / 255);
  }
  for (const [zero, range] of [
    [2, 1.8556],
    [0, 1.5748],
  ] as const) {
    for (let y = 0; y < 4; y += 2) {
      for (let x = 0; x < 6; x += 2) {
        const mean = (c: number) => (at(x, y, c) + at(x + 1, y, c) + at(x, y + 1, c) + at(x + 1, y + 1, c)) / 4;
        expected.push(128 + (((mean(zero) - luma(mean(0), mean(1), mean(2))) / range) * 224) / 255);
      }
    }
  }
  const planes = rgbaToPlanes(picture, 6, 4);
  expect(planes.length).toBe(expected.length);
  planes.forEach((level, i) => {
    expect(Math.abs(level - (expected[i] as number)), `${i}`).toBeLessThan(0.502);
  });
});
