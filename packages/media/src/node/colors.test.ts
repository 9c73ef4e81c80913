/**
 * Every kind of samples, profile and format, against the arithmetic of the ICC's matrix and curve
 * profiles: samples to light, light to XYZ (D50) and to the primaries of sRGB, clipped and encoded.
 */
import {
  apply,
  type Chromaticity,
  type Curve,
  cmykProfile,
  grayProfile,
  lightOf,
  PRIMARIES,
  rgbProfile,
  solve,
  toXyz,
  withPngProfile,
} from '@softpool/testing/icc-profiles';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { encodeImage, readImage } from './index.ts';

/** The transfer curve of sRGB, as 1024 samples. */
const SRGB_CURVE = Array.from({ length: 1024 }, (_, i) => (i / 1023 <= 0.04045 ? i / 1023 / 12.92 : ((i / 1023 + 0.055) / 1.055) ** 2.4));
/** Dot gain of 20 %: a tint of ½ prints as 0.7 of the paper covered. */
const DOT_GAIN = Array.from({ length: 256 }, (_, i) => 1 - (1 - i / 255 + 0.8 * (i / 255) * (1 - i / 255)));

/** A level of 255 of sRGB. */
function encoded(light: number): number {
  const clipped = Math.min(1, Math.max(0, light));
  return 255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055);
}

const RGB_PROFILES: readonly [name: string, primaries: readonly Chromaticity[], curve: Curve][] = [
  ['sRGB', PRIMARIES.srgb, SRGB_CURVE],
  ['Display P3', PRIMARIES.displayP3, SRGB_CURVE],
  ['Adobe RGB', PRIMARIES.adobeRgb, 563 / 256],
  ['linear', PRIMARIES.srgb, 1],
  ['gamma 1.8', PRIMARIES.srgb, 1.8],
  ['gamma 2.2', PRIMARIES.srgb, 2.2],
];
const GRAY_PROFILES: readonly [name: string, curve: Curve][] = [
  ['sRGB', SRGB_CURVE],
  ['linear', 1],
  ['gamma 1.8', 1.8],
  ['gamma 2.2', 2.2],
  ['dot gain', DOT_GAIN],
];

/** Levels of 255. */
const COLORS: readonly (readonly number[])[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [200, 40, 90],
  [30, 60, 20],
  [128, 128, 128],
  [240, 250, 235],
  [5, 3, 9],
];
const GRAYS = [[0], [8], [64], [128], [200], [255]];

/** The colors of sRGB that levels with a profile stand for. */
function converted(primaries: readonly Chromaticity[], curve: Curve, colors = COLORS): number[][] {
  const [from, to] = [toXyz(primaries), toXyz(PRIMARIES.srgb)];
  const lights = colors.map((levels) => levels.map((level) => lightOf(curve, level / 255)));
  return lights.map((light) => solve(to, apply(from, light)).map(encoded));
}

/** A picture of patches of 16 × 16 pixels, with 8 or 16 bits, and with alpha 204 if asked for. */
function patches(levels: readonly (readonly number[])[], bits: 8 | 16, hasAlpha: boolean): Sharp {
  const pixels = levels.map((level) => (hasAlpha ? [...level, 204] : level));
  const channels = pixels[0]!.length as 1 | 2 | 3 | 4;
  const width = 16 * levels.length;
  const samples = Array.from({ length: width * 16 }, (_, i) => pixels[Math.floor((i % width) / 16)]!).flat();
  const data = bits === 8 ? Uint8Array.from(samples) : Uint16Array.from(samples, (sample) => 257 * sample);
  return sharp(data, { raw: { width, height: 16, channels } }).toColourspace(spaceOf(channels < 3, bits));
}

function spaceOf(isGray: boolean, bits: 8 | 16): string {
  return isGray ? (bits === 8 ? 'b-w' : 'grey16') : bits === 8 ? 'srgb' : 'rgb16';
}

type Format = 'png' | 'tiff' | 'jpeg' | 'webp' | 'avif';

const EXACT = {
  png: {},
  tiff: { compression: 'lzw' },
  jpeg: { quality: 100, chromaSubsampling: '4:4:4' },
  webp: { lossless: true },
  avif: { lossless: true },
};

/** The file in another format, with the same samples and profile. */
async function inFormat(png: Uint8Array, format: Format, space: string): Promise<Uint8Array> {
  return format === 'png' ? png : sharp(png).toColourspace(space).keepIccProfile().toFormat(format, EXACT[format]).toBuffer();
}

/** The levels at the center of each patch, and whether samples have 8 bits. */
function centers({ data, width, channels }: Awaited<ReturnType<typeof readImage>>): number[][] {
  const scale = data instanceof Uint8Array ? 1 : 257;
  return Array.from({ length: width / 16 }, (_, patch) => {
    const center = (8 * width + 16 * patch + 8) * channels;
    return Array.from(data.subarray(center, center + channels), (sample) => sample / scale);
  });
}

/** Expects the patches of a file within 2 levels of 255. */
async function expectColors(file: Uint8Array, expected: readonly (readonly number[])[], bits: 8 | 16): Promise<void> {
  const picture = await readImage(file);
  expect(picture.data).toBeInstanceOf(bits === 8 ? Uint8Array : Uint16Array);
  for (const [patch, read] of centers(picture).entries()) {
    const colors = expected[patch]!;
    const isNear = read.length === colors.length && read.every((level, c) => Math.abs(level - colors[c]!) <= 2);
    if (!isNear) throw new Error(`patch ${patch} is ${read}, expected ${colors}`);
  }
}

/** Where a format holds such samples. */
function formatsOf(bits: 8 | 16, hasAlpha: boolean): Format[] {
  if (bits === 16) return ['png', 'tiff'];
  return hasAlpha ? ['png', 'tiff', 'webp', 'avif'] : ['png', 'tiff', 'jpeg', 'webp', 'avif'];
}

const KINDS = ([8, 16] as const).flatMap((bits) =>
  [false, true].flatMap((hasAlpha) =>
    formatsOf(bits, hasAlpha).map((format) => ({ bits, hasAlpha, format, alpha: hasAlpha ? ' with alpha' : '' })),
  ),
);

describe.each(KINDS)('$bits-bit samples$alpha in $format', ({ bits, hasAlpha, format }) => {
  const withAlpha = (colors: readonly number[]): number[] => (hasAlpha ? [...colors, 204] : [...colors]);

  test.each(RGB_PROFILES)('of colors with the profile %s become sRGB', async (_, primaries, curve) => {
    const png = withPngProfile(await patches(COLORS, bits, hasAlpha).png().toBuffer(), rgbProfile(primaries, curve));
    const file = await inFormat(png, format, spaceOf(false, bits));
    // JPEG rounds colors, which a linear profile makes large.
    const stored = format === 'jpeg' ? centers(await readImage(file, { profile: 'keep' })) : COLORS;
    for (const [patch, levels] of stored.entries()) {
      for (const [c, level] of levels.entries()) expect(Math.abs(level - COLORS[patch]![c]!)).toBeLessThanOrEqual(1);
    }
    await expectColors(file, converted(primaries, curve, stored).map(withAlpha), bits);
  });

  test('of colors without a profile stay as they are', async () => {
    const png = await patches(COLORS, bits, hasAlpha).png().toBuffer();
    await expectColors(await inFormat(png, format, spaceOf(false, bits)), COLORS.map(withAlpha), bits);
  });

  // WebP has no gray, libvips writes it as color to AVIF, and a gray profile does not fit colors.
  const hasGray = format !== 'webp' && format !== 'avif';
  test.each(hasGray ? GRAY_PROFILES : [])('of gray with the profile %s become sRGB', async (_, curve) => {
    const png = withPngProfile(await patches(GRAYS, bits, hasAlpha).png().toBuffer(), grayProfile(curve));
    const expected = GRAYS.map(([level]) => withAlpha([encoded(lightOf(curve, level! / 255))]));
    await expectColors(await inFormat(png, format, spaceOf(true, bits)), expected, bits);
  });

  test('of gray without a profile stay as they are', async () => {
    const png = await patches(GRAYS, bits, hasAlpha).png().toBuffer();
    const expected = GRAYS.map(([level]) => withAlpha(hasGray ? [level!] : [level!, level!, level!]));
    await expectColors(await inFormat(png, format, spaceOf(true, bits)), expected, bits);
  });
});

test.each(RGB_PROFILES)('a palette with the profile %s becomes sRGB', async (_, primaries, curve) => {
  const palette = await patches(COLORS, 8, false).png({ palette: true }).toBuffer();
  expect(palette[25]).toBe(3); // the header's color type: a palette
  await expectColors(withPngProfile(palette, rgbProfile(primaries, curve)), converted(primaries, curve), 8);
});

test.each([
  ['of gray, in 16 bits', 16, grayProfile(1)],
  ['of gray, in 8 bits', 8, grayProfile(1)],
  ['that is no profile', 16, Buffer.from('long enough to be one '.repeat(20))],
] as const)('a profile %s does not fit colors and is ignored', async (_, bits, profile) => {
  await expectColors(withPngProfile(await patches(COLORS, bits, false).png().toBuffer(), profile), COLORS, bits);
});

describe('CMYK', () => {
  /** The inks of patches in percent, in an uncompressed TIFF of 8 or 16 bits. */
  function cmykTiff(inks: readonly (readonly number[])[], bits: 8 | 16, profile?: Uint8Array): Buffer {
    const width = inks.length * 16;
    const pixels = Array.from({ length: width * 16 }, (_, i) => inks[Math.floor((i % width) / 16)]!).flat();
    const data = Buffer.alloc((pixels.length * bits) / 8);
    for (const [i, ink] of pixels.entries()) {
      if (bits === 8) data.writeUInt8(Math.round(ink * 2.55), i);
      else data.writeUInt16LE(Math.round(ink * 655.35), 2 * i);
    }
    const tags: [tag: number, value: number, count?: number, type?: number][] = [
      [256, width], // width
      [257, 16], // height
      [258, bits], // bits a sample, the same for all
      [259, 1], // no compression
      [262, 5], // inks
      [273, 0], // where the samples are
      [277, 4], // samples a pixel
      [278, 16], // rows a strip
      [279, data.length], // bytes of the strip
      ...(profile === undefined ? [] : ([[34675, 0, profile.length, 7]] as [number, number, number, number][])),
    ];
    const start = 8 + 2 + 12 * tags.length + 4;
    const bitsAt = start;
    const samplesAt = bitsAt + 8;
    const head = Buffer.alloc(samplesAt);
    head.write('II*\0\x08\0\0\0', 'latin1');
    head.writeUInt16LE(tags.length, 8);
    for (const [i, [tag, value, count = 1, type = 4]] of tags.entries()) {
      const at = 10 + 12 * i;
      head.writeUInt16LE(tag, at);
      head.writeUInt16LE(tag === 258 ? 3 : type, at + 2);
      head.writeUInt32LE(tag === 258 ? 4 : count, at + 4);
      head.writeUInt32LE(tag === 258 ? bitsAt : tag === 273 ? samplesAt : tag === 34675 ? samplesAt + data.length : value, at + 8);
    }
    for (const i of [0, 1, 2, 3]) head.writeUInt16LE(bits, bitsAt + 2 * i);
    return Buffer.concat([head, data, ...(profile === undefined ? [] : [profile])]);
  }

  const INKS = [
    [0, 0, 0, 0],
    [100, 0, 0, 0],
    [0, 100, 0, 0],
    [0, 0, 100, 0],
    [0, 0, 0, 100],
    [100, 100, 100, 100],
    [20, 60, 40, 0],
    [50, 40, 40, 20],
  ];
  // `transicc -t 0 -i cmyk.icc -o '*sRGB'` of LittleCMS 2.14, with the profile of cmykProfile().
  const BY_LCMS = [
    [255, 255, 255],
    [0, 162.02, 222.91],
    [232.11, 51.88, 141.54],
    [243.05, 221, 0],
    [21.8, 21.8, 21.8],
    [0, 0, 0],
    [206.98, 119.75, 106.48],
    [126.9, 130.73, 133.59],
  ];

  test.each([8, 16] as const)('with %i bits and a profile becomes sRGB with 8 bits', async (bits) => {
    await expectColors(cmykTiff(INKS, bits, cmykProfile()), BY_LCMS, 8);
    // A color has no place in the profile of inks.
    expect((await readImage(cmykTiff(INKS, bits, cmykProfile()), { profile: 'keep' })).profile).toBeUndefined();
  });

  test('without a profile is the same with 8 and with 16 bits; full black is nearly black, and no ink is white', async () => {
    const [eight, sixteen] = [await readImage(cmykTiff(INKS, 8)), await readImage(cmykTiff(INKS, 16))];
    expect(centers(sixteen)).toEqual(centers(eight));
    const [white, , , , black] = centers(eight);
    expect(white).toEqual([255, 255, 255]);
    expect(Math.max(...black!)).toBeLessThanOrEqual(20);
  });
});

describe('profile: keep', () => {
  test.each(KINDS)('keeps the numbers and the profile of $bits-bit samples$alpha in $format', async ({ bits, hasAlpha, format }) => {
    const profile = rgbProfile(PRIMARIES.adobeRgb, 563 / 256);
    const png = withPngProfile(await patches(COLORS, bits, hasAlpha).png().toBuffer(), profile);
    const picture = await readImage(png, { profile: 'keep' });
    expect(Buffer.from(picture.profile!).equals(profile)).toBe(true);
    const file = await encodeImage(picture, { format, quality: 100 });
    const again = await readImage(file, { profile: 'keep' });
    expect(Buffer.from(again.profile!).equals(profile)).toBe(true);
    // Lossy formats halve the resolution of colors, and round them.
    const allowed = format === 'png' || format === 'tiff' ? 0 : 3;
    for (const [patch, read] of centers(again).entries()) {
      for (const [c, level] of COLORS[patch]!.entries()) expect(Math.abs(read[c]! - level)).toBeLessThanOrEqual(allowed);
    }
  });

  test('keeps gray, its numbers and its profile', async () => {
    const profile = grayProfile(DOT_GAIN);
    const png = withPngProfile(await patches(GRAYS, 8, false).png().toBuffer(), profile);
    const file = await encodeImage(await readImage(png, { profile: 'keep' }), { format: 'jpeg', quality: 100 });
    const again = await readImage(file, { profile: 'keep' });
    expect(Buffer.from(again.profile!).equals(profile)).toBe(true);
    expect(centers(again)).toEqual(GRAYS);
  });
});

test('metadata: keep keeps EXIF, with its orientation reset, and XMP', async () => {
  const xmp = '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="w"?>';
  const source = await patches(COLORS, 8, false)
    .jpeg()
    .withMetadata({ orientation: 6 })
    .withExifMerge({ IFD0: { Artist: 'somebody' } })
    .withXmp(xmp)
    .toBuffer();
  const picture = await readImage(source, { metadata: 'keep' });
  expect([picture.width, picture.height]).toEqual([16, 128]);
  for (const format of ['jpeg', 'png', 'webp', 'tiff', 'avif'] as const) {
    const written = await sharp(await encodeImage(picture, { format })).metadata();
    expect([format, written.orientation ?? 1]).toEqual([format, 1]);
    // libvips writes no EXIF to TIFF.
    expect([format, written.exif?.includes('somebody')]).toEqual([format, format === 'tiff' ? undefined : true]);
    expect(written.xmp?.toString()).toContain('x:xmpmeta');
  }
  expect((await readImage(source)).metadata).toBeUndefined();
});
