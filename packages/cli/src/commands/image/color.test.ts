import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSamples, look, save } from '@softpool/testing/pictures';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { runImage, temporaryFolder } from '../../testing/run-cli.ts';

const COLOR = [200, 100, 50];

test('color profiles, CMYK and gray are written as sRGB, without profile or metadata', async () => {
  const folder = await temporaryFolder();
  const colored = fromSamples(
    Array.from({ length: 4 }, () => COLOR),
    2,
  );
  const described = colored.clone().withExif({ IFD0: { Artist: 'A. Painter' } });
  await writeFile(join(folder, 'display-p3.png'), await described.withIccProfile('p3').png().toBuffer());
  await writeFile(join(folder, 'inks.jpg'), await colored.clone().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer());
  await save(fromSamples([[10], [20], [30], [40]], 2).toColourspace('b-w'), folder, 'gray.png');
  const { status, problems } = await runImage(folder, 'display-p3.png inks.jpg gray.png -o out --factor 2 --format png --method average');
  expect([status, problems]).toEqual([0, []]);

  // In the primaries of Display P3 the samples of this color are 187, 105, 62.
  const stored = await sharp(join(folder, 'display-p3.png'), { ignoreIcc: true }).raw().toBuffer();
  expect([...stored.subarray(0, 3)]).toEqual([187, 105, 62]);
  for (const [i, sample] of (await look(join(folder, 'out/display-p3.png'))).pixels[0]!.entries()) {
    expect(Math.abs(sample - COLOR[i]!)).toBeLessThanOrEqual(1);
  }
  // Inks cannot print such a saturated orange; it stays an orange.
  const [red, green, blue] = (await look(join(folder, 'out/inks.png'))).pixels[0]!;
  expect(Math.abs(red! - 200)).toBeLessThan(5);
  expect(Math.abs(green! - 100)).toBeLessThan(10);
  expect(Math.abs(blue! - 50)).toBeLessThan(35);

  // The mean of 10, 20, 30 and 40, in every channel.
  expect((await look(join(folder, 'out/gray.png'))).pixels).toEqual([[25, 25, 25]]);
  for (const name of ['display-p3', 'inks', 'gray']) {
    const { space, channels, icc, exif } = await sharp(join(folder, `out/${name}.png`)).metadata();
    const samples = name === 'gray' ? { space: 'b-w', channels: 1 } : { space: 'srgb', channels: 3 };
    expect({ space, channels, icc, exif }).toEqual({ ...samples, icc: undefined, exif: undefined });
  }
});
