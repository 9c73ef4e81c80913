/** `softpool video --compare`: a contact sheet in time, and the figures of each way. */
import { basename } from 'node:path';
import { pooledVideoSize, VIDEO_METHODS } from '@softpool/media';
import { videoSheet } from '@softpool/media/contact-sheet';
import { type ComparedVideoMethod, compareVideo, type VideoComparisonRow } from '@softpool/media/node';
import { writeAtomic } from '../../shared/files/write-file.ts';
import type { ProgressBar } from '../../shared/progress-bar.ts';
import { right, table } from '../../shared/table.ts';
import { printable } from '../../shared/text.ts';
import { poolOptions, type VideoFlags } from './options.ts';
import { bytesOfInput, checkOutput } from './outputs.ts';
import { probeClip } from './process.ts';
import { type ClipsReport, rate } from './report.ts';

/** Seconds that are compared, unless --duration says how many. */
const DURATION = 10;

/** A clip that was compared. */
export interface Compared {
  readonly input: string;
  readonly output: string;
  readonly from: { readonly width: number; readonly height: number; readonly frameRate: number };
  readonly to: { readonly width: number; readonly height: number; readonly frameRate: number };
  /** Seconds that were compared. */
  readonly duration: number;
  /** Bytes of the clip and of its sheet, absent after a dry run. */
  readonly inputBytes?: number;
  readonly outputBytes?: number;
  /** Figures of each way; absent after a dry run. */
  readonly methods?: readonly (Omit<VideoComparisonRow, 'frames'> & { readonly method: ComparedVideoMethod })[];
}

/** Compares the ways on one clip and writes the sheet. */
export async function compareClip(
  path: string,
  output: string,
  flags: VideoFlags,
  bar: ProgressBar,
): Promise<Compared | { readonly skipped: string }> {
  const { start, deinterlace, ffmpeg, force = false } = flags;
  const existing = await checkOutput(path, output, flags);
  if (existing !== undefined) return existing;
  const info = await probeClip(path, flags);
  const frameRate = info.frameRate[0] / info.frameRate[1];
  const { method = 'soft', ...pool } = poolOptions(flags, info);
  const left = (info.duration ?? Number.POSITIVE_INFINITY) - (start ?? 0);
  const duration = Math.min(left, flags.duration ?? DURATION);
  const { width, height } = info;
  const to = pooledVideoSize({ width, height, frameRate }, pool);
  const about = { input: path, output, from: { width, height, frameRate }, to, duration };
  if (flags.dryRun) return about;
  const usual = VIDEO_METHODS.filter((name) => name !== 'nearest');
  const methods = [method, ...usual.filter((name) => name !== method)];
  const onStep = (done: number, total: number): void => bar.update(done, total, `${done}/${total} steps`);
  const options = {
    programs: ffmpeg,
    start,
    duration: duration === left ? undefined : duration,
    deinterlace,
    threads: flags.threads,
    methods,
    onStep,
  };
  const inputBytes = await bytesOfInput(info); // afterwards it may be gone
  const comparison = await compareVideo(info, pool, options);
  const title = `${printable(basename(path))}: ${width} × ${height}, ${rate(frameRate)} to ${to.width} × ${to.height}, ${rate(to.frameRate)}`;
  const sheet = await videoSheet(comparison, { title });
  await writeAtomic(output, sheet, { force });
  const methodsOf = comparison.rows.map(({ frames: _, ...row }) => row);
  return { ...about, inputBytes, outputBytes: sheet.length, methods: methodsOf };
}

/** The line for a clip that was or would be compared. */
export function comparedLine({ input, output, duration }: Compared): string {
  return `${printable(input)}, ${Number(duration.toFixed(2))} s → ${printable(output)}`;
}

/** The figures of all clips as a table. */
export function comparisonTable(clips: readonly Compared[]): string {
  const columns = [
    'clip',
    'method',
    right('SSIM to tmix'),
    right('PSNR dB'),
    right('SSIM to original'),
    right('PSNR dB'),
    right('frames/s'),
  ];
  const rows = clips.flatMap(({ input, methods = [] }) =>
    methods.map(({ method, toTmix, toOriginal, framesPerSecond }, i) => [
      ...[i === 0 ? input : '', method],
      ...[ssim(toTmix?.ssim), psnr(toTmix?.psnr), ssim(toOriginal.ssim), psnr(toOriginal.psnr)],
      framesPerSecond.toFixed(1),
    ]),
  );
  return `${table(columns, rows)}
tmix is ffmpeg's average, scale=flags=area and tmix; drop is its scale and fps, which leaves frames out.
SSIM and PSNR are those of ffmpeg's filters, in 8-bit RGB. To tmix: how far a result is from that average.
To original: how much comes back, enlarged by bicubic, with each frame shown as long as its window.
Neither says which video looks best. frames/s: of the original, decoded and made smaller, not encoded.`;
}

/** All clips, skipped ones and failures, for --json. */
export function comparisonJson({ done, skipped, failures }: ClipsReport<Compared>, { dryRun }: VideoFlags): object {
  return { ...(dryRun && { dryRun }), files: done, skipped, failures };
}

function ssim(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(4);
}

function psnr(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(2);
}
