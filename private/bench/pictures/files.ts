/** Photographs of 24 megapixels, the same on every machine. */
import { existsSync, mkdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import sharp from 'sharp';
import { QUICK } from '../table.ts';

const PHOTOGRAPHS = ['astronaut', 'chelsea', 'coffee'];
const COUNT = QUICK ? 2 : 12;
const [WIDTH, HEIGHT] = QUICK ? [1500, 1000] : [6000, 4000];

/** What the tables say of the files. */
export const FILES = `${COUNT} files of ${(WIDTH * HEIGHT) / 1e6} megapixels`;

/**
 * Makes the files if they are missing: parts of the photographs of examples/, enlarged, with the
 * noise of a camera. Returns their paths.
 */
export async function makeFiles(folder: string, format: 'jpeg' | 'png'): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const paths: string[] = [];
  for (let i = 0; i < COUNT; i++) {
    const path = `${folder}/${WIDTH}-${i}.${format === 'jpeg' ? 'jpg' : 'png'}`;
    paths.push(path);
    if (existsSync(path)) continue;
    const name = PHOTOGRAPHS[i % PHOTOGRAPHS.length];
    const photograph = await sharp(`examples/photographs/${name}.png`)
      .rotate(90 * Math.floor(i / PHOTOGRAPHS.length))
      .toBuffer();
    const resized = sharp(photograph).removeAlpha().resize(WIDTH, HEIGHT, { fit: 'cover', kernel: 'cubic' });
    const data = addNoise(await resized.raw().toBuffer(), i + 1);
    const image = sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
    await image.toFormat(format, { quality: 90 }).toFile(`${path}.part`);
    await rename(`${path}.part`, path);
  }
  return paths;
}

/** Adds up to ±4 levels to every sample. */
function addNoise(data: Uint8Array, seed: number) {
  let state = seed;
  return new Uint8ClampedArray(data).map((sample) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return sample + (state >>> 24) / 32 - 4;
  });
}
