import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSamples, look, save } from '@softpool/testing/pictures';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { runImage, temporaryFolder } from '../../testing/run-cli.ts';

const COLOUR = [200, 100, 50];

test('colours are those that were meant: of a profile, of inks, of grey alone; what is written is sRGB, with neither profile nor metadata', async () => {
  const folder = await temporaryFolder();
  const coloured = fromSamples(
    Array.from({ length: 4 }, () => COLOUR),
    2,
  );
  const described = coloured.clone().withExif({ IFD0: { Artist: 'A. Painter' } });
  await writeFile(join(folder, 'display-p3.png'), await described.withIccProfile('p3').png().toBuffer());
  await writeFile(join(folder, 'inks.jpg'), await coloured.clone().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer());
  await save(fromSamples([[10], [20], [30], [40]], 2).toColourspace('b-w'), folder, 'grey.png');
  const { status, problems } = await runImage(folder, 'display-p3.png inks.jpg grey.png -o out --factor 2 --format png --method average');
  expect([status, problems]).toEqual([0, []]);

  // In the primaries of Display P3 the samples of this colour are 187, 105, 62.
  const stored = await sharp(join(folder, 'display-p3.png'), { ignoreIcc: true }).raw().toBuffer();
  expect([...stored.subarray(0, 3)]).toEqual([187, 105, 62]);
  for (const [i, sample] of (await look(join(folder, 'out/display-p3.png'))).pixels[0]!.entries()) {
    expect(Math.abs(sample - COLOUR[i]!)).toBeLessThanOrEqual(1);
  }
  // Inks cannot print as saturated an orange; it stays one.
  const [red, green, blue] = (await look(join(folder, 'out/inks.png'))).pixels[0]!;
  expect(Math.abs(red! - 200)).toBeLessThan(5);
  expect(Math.abs(green! - 100)).toBeLessThan(10);
  expect(Math.abs(blue! - 50)).toBeLessThan(35);

  // The mean of 10, 20, 30 and 40, in every channel.
  expect((await look(join(folder, 'out/grey.png'))).pixels).toEqual([[25, 25, 25]]);
  for (const name of ['display-p3', 'inks', 'grey']) {
    const { space, channels, icc, exif } = await sharp(join(folder, `out/${name}.png`)).metadata();
    expect({ space, channels, icc, exif }).toEqual({ space: 'srgb', channels: 3, icc: undefined, exif: undefined });
  }
});
