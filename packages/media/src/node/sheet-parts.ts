/** Parts of a contact sheet: images, enlarged crops and lines of text. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import type { Sharp } from 'sharp';
import { checkKeys, typeError } from 'softpool/internal';
import type { Pixels } from '../pixels.ts';
import { completed, loadSharp, toSharp } from './sharp.ts';

/** An image and its place on the sheet. */
export interface Placed {
  readonly input: Buffer;
  readonly left: number;
  readonly top: number;
}

/** A part of an image, as fractions of its sides. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The title in the options of a sheet; empty if there is none. */
export function titleOf(call: string, options: { readonly title?: string | undefined }): string {
  checkKeys(call, options, ['title']);
  const { title = '' } = options;
  if (typeof title !== 'string') throw typeError(call, 'options.title', 'a text', title);
  return title;
}

/** Draws the whole image in a panel. */
export async function drawWhole(pixels: Pixels<Uint8Array>, width: number, height: number): Promise<Buffer> {
  return onWhite((await toSharp(pixels)).resize(width, height, { fit: 'fill', kernel: kernelFor(pixels.width, width) }));
}

/** Draws a part of an image in a square panel. */
export async function drawPart(pixels: Pixels<Uint8Array>, part: Part, panel: number): Promise<Buffer> {
  const width = Math.max(1, Math.round(part.width * pixels.width));
  const height = Math.max(1, Math.round(part.height * pixels.height));
  const left = Math.min(pixels.width - width, Math.round(part.left * pixels.width));
  const top = Math.min(pixels.height - height, Math.round(part.top * pixels.height));
  const crop = (await toSharp(pixels)).extract({ left, top, width, height });
  return onWhite(crop.resize(panel, panel, { fit: 'fill', kernel: kernelFor(Math.max(width, height), panel) }));
}

/** Shows pixels as squares, unless there are more than the panel has. */
function kernelFor(side: number, panel: number): 'nearest' | 'lanczos3' {
  return side < panel ? 'nearest' : 'lanczos3';
}

/**
 * A part near the middle, as long and wide as a third of the original's shorter side. Its edges lie
 * between pixels of the small image, so that all images show the same part.
 */
export function middlePart(small: Pixels, original: Pixels): Part {
  const side = Math.min(original.width, original.height) / 3;
  const width = Math.min(small.width, Math.max(1, Math.round((side * small.width) / original.width)));
  const height = Math.min(small.height, Math.max(1, Math.round((side * small.height) / original.height)));
  const [left, top] = [Math.floor((small.width - width) / 2), Math.floor((small.height - height) / 3)];
  return { left: left / small.width, top: top / small.height, width: width / small.width, height: height / small.height };
}

async function onWhite(image: Sharp): Promise<Buffer> {
  return completed(image.flatten({ background: 'white' }).png().toBuffer());
}

/** The files of the fonts, in the package `dejavu-fonts-ttf`: servers often have no fonts. */
const FONT_FILES = { 'DejaVu Sans': 'DejaVuSans.ttf', 'DejaVu Sans Bold': 'DejaVuSans-Bold.ttf' } as const;

/**
 * Draws a line of text, cut off at `width`; `undefined` for an empty line. Invisible letters with
 * an ascender and a descender give all lines the same height.
 */
export async function drawText(line: string, font: keyof typeof FONT_FILES, points: number, width: number): Promise<Buffer | undefined> {
  if (line.trim() === '') return undefined;
  const sharp = await loadSharp();
  const escaped = line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const image = sharp({
    text: {
      text: `<span foreground="#202124">${escaped}</span><span alpha="1">Åg</span>`,
      font: `${font} ${points}`,
      fontfile: fontFile(FONT_FILES[font]),
      dpi: 72,
      rgba: true,
    },
  });
  const { data, info } = await completed(image.png().toBuffer({ resolveWithObject: true }));
  return info.width <= width ? data : completed(sharp(data).extract({ left: 0, top: 0, width, height: info.height }).toBuffer());
}

/**
 * Found when a sheet is drawn, not when this module is loaded: a server may be bundled without
 * fonts. In a bundle that is CommonJS, a module has no URL; the font is then searched from the
 * current folder.
 */
function fontFile(name: string): string {
  try {
    return createRequire(import.meta.url ?? join(process.cwd(), 'bundle.cjs')).resolve(`dejavu-fonts-ttf/ttf/${name}`);
  } catch (error) {
    throw new Error('contactSheet needs the package dejavu-fonts-ttf: npm install dejavu-fonts-ttf', { cause: error });
  }
}
