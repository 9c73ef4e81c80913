/**
 * A contact sheet: the original beside what each method made of it, with an enlarged crop and the
 * figures, as a PNG. It is an entry of its own because it needs the package `dejavu-fonts-ttf`.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import type { Sharp } from 'sharp';
import { checkPixels, type Pixels } from '../pixels.ts';
import type { ComparisonRow } from './compare-methods.ts';
import { loadSharp, toEightBits, toSharp } from './sharp.ts';

// Lengths in pixels of the sheet.
const PANEL = 300;
const GAP = 24;
const MARGIN = 32;
const LABEL = 34;
const FIGURES = 30;
const TITLE = 56;

/** An image and its place on the sheet. */
interface Placed {
  readonly input: Buffer;
  readonly left: number;
  readonly top: number;
}

/** A part of an image, as fractions of its sides. */
interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Options of `contactSheet`. */
export interface ContactSheetOptions {
  /** Title of the sheet, such as the name of the file. Default: none. */
  readonly title?: string | undefined;
}

/**
 * Draws the results of `compareMethods` beside the original: each image as a whole, and the same
 * crop of each with its pixels enlarged.
 *
 * @param pixels - The original.
 * @param rows - What the methods made of it.
 * @param options - The title.
 * @returns The bytes of a PNG file.
 * @throws TypeError or RangeError that names the wrong field of an image.
 * @example
 * ```ts
 * const image = await readImage('examples/photographs/astronaut.png');
 * const rows = await compareMethods(image, { factor: 4 });
 * const png = await contactSheet(image, rows, { title: 'astronaut, by 4' });
 * ```
 */
export async function contactSheet(
  pixels: Pixels<Uint8Array | Uint16Array>,
  rows: readonly ComparisonRow[],
  options: ContactSheetOptions = {},
): Promise<Uint8Array> {
  checkPixels('contactSheet', 'pixels', pixels);
  for (const [i, row] of rows.entries()) checkPixels('contactSheet', `rows[${i}].pixels`, row.pixels);
  const sharp = await loadSharp();
  const { width, height } = pixels;
  const panelHeight = Math.max(40, Math.min(2 * PANEL, Math.round((PANEL * height) / width)));
  const columns = rows.length + 1;
  const sheetWidth = 2 * MARGIN + columns * PANEL + (columns - 1) * GAP;
  const sheetHeight = 2 * MARGIN + TITLE + LABEL + panelHeight + GAP + PANEL + FIGURES;
  const top = MARGIN + TITLE;
  const part = middlePart(rows[0]?.pixels ?? pixels, pixels);
  const placed: Placed[] = [];
  const title = await drawText(options.title ?? '', 'DejaVu Sans Bold', 20, sheetWidth - 2 * MARGIN);
  if (title !== undefined) placed.push({ input: title, left: MARGIN, top: MARGIN });
  const panels = [
    { label: 'original', pixels, figures: `${width} × ${height}` },
    ...rows.map((row) => ({ label: row.method, pixels: row.pixels, figures: figuresOf(row) })),
  ];
  for (const [column, panel] of panels.entries()) {
    const left = MARGIN + column * (PANEL + GAP);
    const label = await drawText(panel.label, 'DejaVu Sans Bold', 15, PANEL);
    const figures = await drawText(panel.figures, 'DejaVu Sans', 12, PANEL);
    const small = toEightBits(panel.pixels);
    if (label !== undefined) placed.push({ input: label, left, top });
    placed.push({ input: await drawWhole(small, panelHeight), left, top: top + LABEL });
    placed.push({ input: await drawPart(small, part), left, top: top + LABEL + panelHeight + GAP });
    if (figures !== undefined) placed.push({ input: figures, left, top: top + LABEL + panelHeight + GAP + PANEL + 10 });
  }
  return sharp({ create: { width: sheetWidth, height: sheetHeight, channels: 3, background: 'white' } })
    .composite(placed)
    .png()
    .toBuffer();
}

function figuresOf({ ssim, psnr }: ComparisonRow): string {
  const similarity = Number.isNaN(ssim) ? '' : `SSIM ${ssim.toFixed(4)}   `;
  return `${similarity}PSNR ${psnr === Number.POSITIVE_INFINITY ? '∞' : psnr.toFixed(2)} dB`;
}

/** Draws the whole image at the width of a panel. */
async function drawWhole(pixels: Pixels<Uint8Array>, height: number): Promise<Buffer> {
  return onWhite((await toSharp(pixels)).resize(PANEL, height, { fit: 'fill', kernel: kernelFor(pixels.width) }));
}

/** Draws a part of an image in a square panel. */
async function drawPart(pixels: Pixels<Uint8Array>, part: Part): Promise<Buffer> {
  const width = Math.max(1, Math.round(part.width * pixels.width));
  const height = Math.max(1, Math.round(part.height * pixels.height));
  const left = Math.min(pixels.width - width, Math.round(part.left * pixels.width));
  const top = Math.min(pixels.height - height, Math.round(part.top * pixels.height));
  const crop = (await toSharp(pixels)).extract({ left, top, width, height });
  return onWhite(crop.resize(PANEL, PANEL, { fit: 'fill', kernel: kernelFor(Math.max(width, height)) }));
}

/** Shows pixels as squares, unless there are more than the panel has. */
function kernelFor(side: number): 'nearest' | 'lanczos3' {
  return side < PANEL ? 'nearest' : 'lanczos3';
}

/**
 * A part near the middle, as long and wide as a third of the original's shorter side. Its edges lie
 * between pixels of the small image, so that all images show the same part.
 */
function middlePart(small: Pixels, original: Pixels): Part {
  const side = Math.min(original.width, original.height) / 3;
  const width = Math.min(small.width, Math.max(1, Math.round((side * small.width) / original.width)));
  const height = Math.min(small.height, Math.max(1, Math.round((side * small.height) / original.height)));
  const [left, top] = [Math.floor((small.width - width) / 2), Math.floor((small.height - height) / 3)];
  return { left: left / small.width, top: top / small.height, width: width / small.width, height: height / small.height };
}

async function onWhite(image: Sharp): Promise<Buffer> {
  return image.flatten({ background: 'white' }).png().toBuffer();
}

/** The files of the fonts, in the package `dejavu-fonts-ttf`: servers often have no fonts. */
const FONT_FILES = { 'DejaVu Sans': 'DejaVuSans.ttf', 'DejaVu Sans Bold': 'DejaVuSans-Bold.ttf' } as const;

/**
 * Draws a line of text, cut off at `width`; `undefined` for an empty line. Invisible letters with
 * an ascender and a descender give all lines the same height.
 */
async function drawText(line: string, font: keyof typeof FONT_FILES, points: number, width: number): Promise<Buffer | undefined> {
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
  const { data, info } = await image.png().toBuffer({ resolveWithObject: true });
  return info.width <= width ? data : sharp(data).extract({ left: 0, top: 0, width, height: info.height }).toBuffer();
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
