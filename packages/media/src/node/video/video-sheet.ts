/** A contact sheet in time: the frames that each way made of a video, and those of the original. */
import { completed, loadSharp, toEightBits } from '../sharp.ts';
import { drawPart, drawText, drawWhole, middlePart, type Placed, titleOf } from '../sheet-parts.ts';
import type { VideoComparison } from './compare-video.ts';
import type { Figures } from './video-figures.ts';

// Lengths in pixels of the sheet.
const PANEL = 240;
const LABELS = 250;
const GAP = 16;
const MARGIN = 32;
const TITLE = 48;
const TIMES = 30;

/** Names of the ways on the sheet. */
const NAMES: Readonly<Record<string, string>> = { tmix: 'ffmpeg, average (tmix)', drop: 'ffmpeg, dropped frames' };

/** Options of `videoSheet`. */
export interface VideoSheetOptions {
  /** Title of the sheet, such as the name of the file. Default: none. */
  readonly title?: string | undefined;
}

/**
 * Draws the result of `compareVideo`: a row for the original and for each way, with the frames from
 * left to right, and a part of the one in the middle with its pixels enlarged.
 *
 * @param comparison - What the ways made of the video.
 * @param options - The title.
 * @returns The bytes of a PNG file.
 * @throws RangeError if the comparison has no frames; TypeError that names a wrong option.
 * @example
 * ```ts
 * async function sheet(): Promise<Uint8Array> {
 *   const comparison = await compareVideo(await probeVideo('clip.mp4'), { factor: 2 }, { duration: 10 });
 *   return await videoSheet(comparison, { title: 'clip.mp4' });
 * }
 * ```
 */
export async function videoSheet(comparison: VideoComparison, options: VideoSheetOptions = {}): Promise<Uint8Array> {
  const title = titleOf('videoSheet', options);
  const { times, originals, rows } = comparison;
  const sharp = await loadSharp();
  const [original] = originals;
  if (original === undefined) throw new RangeError('videoSheet: comparison.originals must hold at least one frame');
  const height = Math.max(60, Math.min(2 * PANEL, Math.round((PANEL * original.height) / original.width)));
  const panels = [
    { label: 'original', figures: [`${original.width} × ${original.height}`], frames: originals },
    ...rows.map(({ method, toTmix, toOriginal, framesPerSecond, frames }) => ({
      label: NAMES[method] ?? method,
      figures: [
        ...(toTmix === undefined ? [] : [`to tmix: ${figuresText(toTmix)}`]),
        `to original: ${figuresText(toOriginal)}`,
        `${framesPerSecond.toFixed(0)} frames/s`,
      ],
      frames,
    })),
  ];
  const part = middlePart(rows[0]?.frames[0] ?? original, original);
  const middle = Math.floor(times.length / 2);
  const columnOf = (i: number): number => MARGIN + LABELS + i * (PANEL + GAP);
  const placed: Placed[] = [];
  const write = async (
    text: string,
    font: Parameters<typeof drawText>[1],
    points: number,
    left: number,
    top: number,
    width: number,
  ): Promise<void> => {
    const input = await drawText(text, font, points, width);
    if (input !== undefined) placed.push({ input, left, top });
  };
  const sheetWidth = columnOf(times.length) + height + MARGIN;
  await write(title, 'DejaVu Sans Bold', 20, MARGIN, MARGIN, sheetWidth - 2 * MARGIN);
  for (const [i, time] of times.entries()) await write(`${time.toFixed(2)} s`, 'DejaVu Sans', 13, columnOf(i), MARGIN + TITLE, PANEL);
  await write(`${(times[middle] ?? 0).toFixed(2)} s, enlarged`, 'DejaVu Sans', 13, columnOf(times.length), MARGIN + TITLE, height);
  for (const [row, { label, figures, frames }] of panels.entries()) {
    const top = MARGIN + TITLE + TIMES + row * (height + GAP);
    await write(label, 'DejaVu Sans Bold', 15, MARGIN, top, LABELS - GAP);
    for (const [i, line] of figures.entries()) await write(line, 'DejaVu Sans', 12, MARGIN, top + 30 + 22 * i, LABELS - GAP);
    for (const [i, frame] of frames.entries())
      placed.push({ input: await drawWhole(toEightBits(frame), PANEL, height), left: columnOf(i), top });
    const enlarged = frames[middle];
    if (enlarged !== undefined)
      placed.push({ input: await drawPart(toEightBits(enlarged), part, height), left: columnOf(times.length), top });
  }
  const sheetHeight = MARGIN + TITLE + TIMES + panels.length * (height + GAP) - GAP + MARGIN;
  const sheet = sharp({ create: { width: sheetWidth, height: sheetHeight, channels: 3, background: 'white' } });
  return completed(sheet.composite(placed).png().toBuffer());
}

function figuresText({ ssim, psnr }: Figures): string {
  const decibels = psnr === Number.POSITIVE_INFINITY ? '∞' : psnr.toFixed(1);
  return `SSIM ${Number.isNaN(ssim) ? '–' : ssim.toFixed(4)}, ${decibels} dB`;
}
