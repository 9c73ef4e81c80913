// softpool image needs no more memory for a file than --memory counts for it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { peakOf, TELL_PEAK } from '@softpool/testing/peak-memory';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { memoryShare } from '../../packages/cli/src/commands/image/memory.ts';

const COMMAND = join(import.meta.dirname, '../../packages/cli/bin/softpool.js');
const [WIDTH, HEIGHT] = [4000, 3000];

/** A picture with the noise of a camera. */
let picture: Sharp;
/** The megabytes of a picture of four pixels. */
let base: number;

beforeAll(async () => {
  const samples = Uint8Array.from(
    { length: WIDTH * HEIGHT * 3 },
    (_, i) => 128 + 60 * Math.sin(i / 9000) + (Math.imul(i, 2654435761) >>> 28),
  );
  picture = sharp(samples, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
  base = await peak(sharp(samples.subarray(0, 12), { raw: { width: 2, height: 2, channels: 3 } }).png(), 'four.png', '--factor 2');
});

test.each([
  ['photo.jpg', () => picture.clone().jpeg()],
  ['progressive.jpg', () => picture.clone().jpeg({ progressive: true, chromaSubsampling: '4:4:4' })],
  ['turned.jpg', () => picture.clone().jpeg().withMetadata({ orientation: 6 })],
  ['cmyk.jpg', () => picture.clone().toColourspace('cmyk').jpeg()],
  ['interlaced.png', () => picture.clone().png({ compressionLevel: 1, progressive: true })],
  ['16-bit.png', () => picture.clone().toColourspace('rgb16').png({ compressionLevel: 1 })],
  ['lossy.webp', () => picture.clone().webp({ effort: 0 })],
  ['lossless.webp', () => picture.clone().webp({ lossless: true, effort: 0 })],
  ['photo.avif', () => picture.clone().avif({ effort: 0 })],
  ['photo.tif', () => picture.clone().tiff({ compression: 'deflate' })],
])('%s', async (name, encoded) => {
  for (const windows of ['--factor 2', '--kernel 3 --stride 1']) {
    const file = await encoded().toBuffer();
    const counted = await memoryShare(file, Number.MAX_SAFE_INTEGER);
    // What the heap of Node grows by, up to its next collection, is not of the picture.
    expect.soft(await peak(encoded(), name, windows), windows).toBeLessThan(base + counted + 30);
  }
});

/** The most resident memory of the command for a picture, in megabytes. */
async function peak(encoded: Sharp, name: string, windows: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-image-memory-'));
  try {
    await encoded.toFile(join(folder, name));
    const args = [COMMAND, 'image', name, '-o', 'out/', ...windows.split(' '), '--quiet', '--jobs', '1'];
    const run = spawnSync(execPath, [TELL_PEAK, ...args], { cwd: folder, encoding: 'utf8' });
    expect(run.status, run.stderr).toBe(0);
    return peakOf(run.stderr) / 1e6;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
