/**
 * Decodes pixels in the color space that is asked for. sharp converts colors rightly in one order
 * of its steps only, and that depends on the kind of image:
 *
 * - 8 bits, and CMYK: without a working space of ours, its first step applies the embedded profile,
 *   or libvips's for CMYK, with perceptual intent. A working space would be converted to before.
 * - 16 bits with a profile: its first step would convert to Display P3, or not at all if the image
 *   is gray, and leave it so. The profile is ignored there, and applied by the last step instead.
 */
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { emptySamples } from '../pixels.ts';
import { type FilePixels, fromSharp } from './sharp.ts';

/** Decodes an image of which the header is known; `open` opens it with further options. */
export async function decodePixels(open: (options: SharpOptions) => Sharp, header: Metadata, keepsProfile: boolean): Promise<FilePixels> {
  const wide = isWide(header);
  const gray = isGray(header.space);
  const applied = wide && !keepsProfile && hasFittingProfile(header);
  const image = open({ ignoreIcc: keepsProfile || wide }).autoOrient();
  // libvips drops the alpha of 8-bit gray in its own space.
  const space = wide
    ? gray
      ? 'grey16'
      : 'rgb16'
    : gray && !header.hasAlpha && (keepsProfile || header.icc === undefined)
      ? 'b-w'
      : 'srgb';
  const inSpace = image.toColourspace(space);
  const pixels = await fromSharp(applied ? inSpace.withIccProfile('srgb') : inSpace, wide);
  return gray && pixels.channels > 2 ? toGray(pixels) : pixels;
}

/** Whether a color space has no colors. */
export function isGray(space: string): boolean {
  return space === 'b-w' || space === 'grey16';
}

/** Whether an image is decoded to 16 bits a sample. */
export function isWide({ depth, space }: Pick<Metadata, 'depth' | 'space'>): boolean {
  return (depth === 'ushort' && space !== 'cmyk') || depth === 'float';
}

/**
 * Whether the profile is one of an input or display with the image's channels (ICC.1, 7.2). libvips
 * would take Display P3 in the place of one that does not fit.
 */
function hasFittingProfile({ icc, space }: Metadata): boolean {
  if (icc === undefined || icc.length < 132) return false;
  const text = (at: number): string => icc.toString('latin1', at, at + 4);
  return text(36) === 'acsp' && text(16) === (isGray(space) ? 'GRAY' : 'RGB ');
}

/** The first channel of pixels with three equal ones, and alpha. */
function toGray({ data, width, height, channels }: FilePixels): FilePixels {
  const kept = channels === 4 ? 2 : 1;
  const gray = emptySamples(data, width * height * kept);
  for (let pixel = 0; pixel < width * height; pixel++) {
    gray[pixel * kept] = data[pixel * channels] as number;
    if (kept === 2) gray[pixel * 2 + 1] = data[pixel * 4 + 3] as number;
  }
  return { data: gray, width, height, channels: kept };
}
