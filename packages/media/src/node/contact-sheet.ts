/**
 * A contact sheet: the original beside what each method made of it, with an enlarged crop and the
 * figures, as a PNG. It is an entry of its own because it needs the package `dejavu-fonts-ttf`.
 *
 * @module
 */
import { checkedPixels, type Pixels } from '../pixels.ts';
import type { ComparisonRow } from './compare-methods.ts';
import { completed, loadSharp, toEightBits } from './sharp.ts';
import { drawPart, drawText, drawWhole, middlePart, type Placed, titleOf } from './sheet-parts.ts';

export { type VideoSheetOptions, videoSheet } from './video/video-sheet.ts';

// Lengths in pixels of the sheet.
const PANEL = 300;
const GAP = 24;
const MARGIN = 32;
const LABEL = 34;
const FIGURES = 30;
const TITLE = 56;

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
 * @throws TypeError or RangeError that names the wrong option or field of an image.
 * @example
 * ```ts
 * const image = await readImage('photo.jpg');
 * const rows = await compareMethods(image, { factor: 4 });
 * const png = await contactSheet(image, rows, { title: 'photo.jpg, by 4' });
 * ```
 */
export async function contactSheet(
  pixels: Pixels<Uint8Array | Uint16Array>,
  rows: readonly ComparisonRow[],
  options: ContactSheetOptions = {},
): Promise<Uint8Array> {
  const text = titleOf('contactSheet', options);
  const original = checkedPixels('contactSheet', 'pixels', pixels);
  const compared = rows.map((row, i) => ({ ...row, pixels: checkedPixels('contactSheet', `rows[${i}].pixels`, row.pixels) }));
  const sharp = await loadSharp();
  const { width, height } = original;
  const panelHeight = Math.max(40, Math.min(2 * PANEL, Math.round((PANEL * height) / width)));
  const columns = compared.length + 1;
  const sheetWidth = 2 * MARGIN + columns * PANEL + (columns - 1) * GAP;
  const sheetHeight = 2 * MARGIN + TITLE + LABEL + panelHeight + GAP + PANEL + FIGURES;
  const top = MARGIN + TITLE;
  const part = middlePart(compared[0]?.pixels ?? original, original);
  const placed: Placed[] = [];
  const title = await drawText(text, 'DejaVu Sans Bold', 20, sheetWidth - 2 * MARGIN);
  if (title !== undefined) placed.push({ input: title, left: MARGIN, top: MARGIN });
  const panels = [
    { label: 'original', pixels: original, figures: `${width} × ${height}` },
    ...compared.map((row) => ({ label: row.method, pixels: row.pixels, figures: figuresOf(row) })),
  ];
  for (const [column, panel] of panels.entries()) {
    const left = MARGIN + column * (PANEL + GAP);
    const label = await drawText(panel.label, 'DejaVu Sans Bold', 15, PANEL);
    const figures = await drawText(panel.figures, 'DejaVu Sans', 12, PANEL);
    const small = toEightBits(panel.pixels);
    if (label !== undefined) placed.push({ input: label, left, top });
    placed.push({ input: await drawWhole(small, PANEL, panelHeight), left, top: top + LABEL });
    placed.push({ input: await drawPart(small, part, PANEL), left, top: top + LABEL + panelHeight + GAP });
    if (figures !== undefined) placed.push({ input: figures, left, top: top + LABEL + panelHeight + GAP + PANEL + 10 });
  }
  const sheet = sharp({ create: { width: sheetWidth, height: sheetHeight, channels: 3, background: 'white' } });
  return completed(sheet.composite(placed).png().toBuffer());
}

function figuresOf({ ssim, psnr }: ComparisonRow): string {
  const similarity = Number.isNaN(ssim) ? '' : `SSIM ${ssim.toFixed(4)}   `;
  return `${similarity}PSNR ${psnr === Number.POSITIVE_INFINITY ? '∞' : psnr.toFixed(2)} dB`;
}
