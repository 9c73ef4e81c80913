/** A contact sheet: what each method made of a picture, with the same crop enlarged and the figures underneath, as one PNG. */
import { createRequire } from 'node:module';
import sharp, { type Sharp } from 'sharp';
import { checkPixels } from '../pixels.ts';
import type { ComparisonRow } from './compare.ts';
import { inEightBits, type Picture, toSharp } from './picture.ts';

const FONT = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
const BOLD_FONT = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');

// Lengths in pixels of the sheet.
const PANEL = 300;
const GAP = 24;
const MARGIN = 32;
const LABEL = 34;
const FIGURES = 30;
const TITLE = 56;

/** A picture and where it goes on the sheet. */
interface Placed {
  readonly input: Buffer;
  readonly left: number;
  readonly top: number;
}

/** The options of {@link contactSheet}. */
export interface ContactSheetOptions {
  /** The heading, such as the file's name. Default: none. */
  readonly title?: string | undefined;
}

/**
 * Draws the results of `compareMethods` beside the original: each picture as a whole, and the same crop of each, its pixels enlarged.
 *
 * @param picture - The original.
 * @param rows - What the methods made of it.
 * @param options - The heading.
 * @returns A PNG file.
 * @throws TypeError or RangeError if a picture is none.
 * @example
 * ```ts
 * const picture = await readImage('examples/photographs/astronaut.png');
 * const png = await contactSheet(picture, await compareMethods(picture, { factor: 4 }), { title: 'astronaut, by 4' });
 * ```
 */
export async function contactSheet(
  picture: Picture,
  rows: readonly ComparisonRow[],
  options: ContactSheetOptions = {},
): Promise<Uint8Array> {
  checkPixels('contactSheet', 'picture.pixels', picture.pixels);
  for (const [i, row] of rows.entries()) checkPixels('contactSheet', `rows[${i}].picture.pixels`, row.picture.pixels);
  const { width, height } = picture.pixels;
  const panelHeight = Math.max(40, Math.min(2 * PANEL, Math.round((PANEL * height) / width)));
  const columns = rows.length + 1;
  const sheetWidth = 2 * MARGIN + columns * PANEL + (columns - 1) * GAP;
  const sheetHeight = 2 * MARGIN + TITLE + LABEL + panelHeight + GAP + PANEL + FIGURES;
  const top = MARGIN + TITLE;
  const placed: Placed[] = [];
  const title = await text(options.title ?? '', BOLD_FONT, 'DejaVu Sans Bold', 20, sheetWidth - 2 * MARGIN);
  if (title !== undefined) placed.push({ input: title, left: MARGIN, top: MARGIN });
  const panels = [
    { label: 'original', picture, figures: `${width} × ${height}` },
    ...rows.map((row) => ({ label: row.method, picture: row.picture, figures: figuresOf(row) })),
  ];
  for (const [column, panel] of panels.entries()) {
    const left = MARGIN + column * (PANEL + GAP);
    const label = await text(panel.label, BOLD_FONT, 'DejaVu Sans Bold', 15, PANEL);
    const figures = await text(panel.figures, FONT, 'DejaVu Sans', 12, PANEL);
    if (label !== undefined) placed.push({ input: label, left, top });
    placed.push({ input: await fit(panel.picture, panelHeight), left, top: top + LABEL });
    placed.push({ input: await crop(panel.picture, width, height), left, top: top + LABEL + panelHeight + GAP });
    if (figures !== undefined) placed.push({ input: figures, left, top: top + LABEL + panelHeight + GAP + PANEL + 10 });
  }
  return sharp({ create: { width: sheetWidth, height: sheetHeight, channels: 3, background: 'white' } })
    .composite(placed)
    .png()
    .toBuffer();
}

function figuresOf({ ssim, psnr, milliseconds }: ComparisonRow): string {
  const similarity = Number.isNaN(ssim) ? '' : `SSIM ${ssim.toFixed(4)}   `;
  return `${similarity}PSNR ${psnr === Number.POSITIVE_INFINITY ? '∞' : psnr.toFixed(2)} dB   ${milliseconds.toFixed(1)} ms`;
}

/** The whole picture at the panel's width, enlarged pixel by pixel if it is smaller. */
async function fit(picture: Picture, height: number): Promise<Buffer> {
  const kernel = picture.pixels.width < PANEL ? 'nearest' : 'lanczos3';
  return onWhite(toSharp(inEightBits(picture.pixels)).resize(PANEL, height, { fit: 'fill', kernel }));
}

/** The middle third of the original's shorter side, cut from a picture of any size, enlarged pixel by pixel. */
async function crop(picture: Picture, originalWidth: number, originalHeight: number): Promise<Buffer> {
  const { width, height } = picture.pixels;
  const side = Math.min(originalWidth, originalHeight) / 3;
  const cropWidth = Math.min(width, Math.max(1, Math.round((side * width) / originalWidth)));
  const cropHeight = Math.min(height, Math.max(1, Math.round((side * height) / originalHeight)));
  const left = Math.floor((width - cropWidth) / 2);
  const top = Math.floor((height - cropHeight) / 3);
  const region = { left, top, width: cropWidth, height: cropHeight };
  return onWhite(toSharp(inEightBits(picture.pixels)).extract(region).resize(PANEL, PANEL, { fit: 'fill', kernel: 'nearest' }));
}

async function onWhite(image: Sharp): Promise<Buffer> {
  return image.flatten({ background: 'white' }).png().toBuffer();
}

/**
 * A line of text, with invisible tall and deep letters behind it so that all lines are of one height, drawn with a font that comes with this package: servers often have none.
 * Nothing for no text.
 */
async function text(line: string, fontfile: string, font: string, points: number, width: number): Promise<Buffer | undefined> {
  if (line.trim() === '') return undefined;
  const escaped = line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const image = sharp({
    text: {
      text: `<span foreground="#202124">${escaped}</span><span alpha="1">Åg</span>`,
      font: `${font} ${points}`,
      fontfile,
      dpi: 72,
      rgba: true,
    },
  });
  const { data, info } = await image.png().toBuffer({ resolveWithObject: true });
  return info.width <= width ? data : sharp(data).extract({ left: 0, top: 0, width, height: info.height }).toBuffer();
}
