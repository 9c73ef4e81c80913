// --compare: its figures worked out again from the decoded frames, and by ffmpeg's own filters.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { testFirst } from '@softpool/testing/test-first';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { ffmpeg, rawVideo, runVideo } from '../../testing/clips.ts';
import { filesBelow, temporaryFolder } from '../../testing/run-cli.ts';

const run = promisify(execFile);
const [WIDTH, HEIGHT, FRAMES] = [48, 36, 12];
const RGB = '-c:v ffv1 -pix_fmt bgr0';

/** Numbers; `'Infinity'` and `'NaN'` as texts, since JSON lacks them. */
interface Figures {
  readonly ssim: number;
  readonly psnr: number;
}

interface Row {
  readonly method: string;
  readonly toTmix?: Figures;
  readonly toOriginal: Figures;
  readonly framesPerSecond: number;
}

async function compare(folder: string, flags: string): Promise<readonly Row[]> {
  const { status, stdout, stderr } = await runVideo(folder, `clip.mkv -o sheet.png --compare --json --force ${flags}`);
  expect(status, stderr).toBe(0);
  return (JSON.parse(stdout.toString()) as { files: { methods: Row[] }[] }).files[0]!.methods;
}

function rowOf(rows: readonly Row[], method: string): Row {
  return rows.find((row) => row.method === method)!;
}

/** PSNR in dB over all samples. */
function psnrOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / a.length));
}

/** Means of n × n × n samples, rounded for each frame and again, as ffmpeg's two filters do. */
function averages(frames: Buffer, n: number): number[] {
  const at = (t: number, y: number, x: number, c: number): number => frames[((t * HEIGHT + y) * WIDTH + x) * 3 + c]!;
  const mean = (values: number[]): number => Math.round(values.reduce((sum, value) => sum + value) / values.length);
  const range = Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: FRAMES / n }, (_, t) => t).flatMap((t) =>
    Array.from({ length: (HEIGHT / n) * (WIDTH / n) * 3 }, (_, i) => {
      const [c, x, y] = [i % 3, Math.floor(i / 3) % (WIDTH / n), Math.floor(i / 3 / (WIDTH / n))];
      return mean(range.map((dt) => mean(range.flatMap((dy) => range.map((dx) => at(t * n + dt, y * n + dy, x * n + dx, c))))));
    }),
  );
}

testFirst(1, [2, 3])('PSNR to tmix is that of the decoded frames and their means, by %i', async (n) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=${WIDTH}x${HEIGHT}:r=30 -frames:v ${FRAMES} ${RGB} clip.mkv`);
  const rows = await compare(folder, `--factor ${n}`);
  expect(rows.map(({ method }) => method)).toEqual(['soft', 'average', 'max', 'tmix', 'drop']);
  const reference = averages(await rawVideo(folder, 'clip.mkv', 'rgb24'), n);
  for (const method of ['soft', 'max']) {
    expect((await runVideo(folder, `clip.mkv -o ${method}.mkv --factor ${n} --method ${method} --codec ffv1`)).status).toBe(0);
    const expected = psnrOf(await rawVideo(folder, `${method}.mkv`, 'rgb24'), reference);
    expect(Math.abs(rowOf(rows, method).toTmix!.psnr! - expected)).toBeLessThan(0.05);
  }
  // The windows are the same: only rounding differs.
  expect(rowOf(rows, 'average').toTmix!.psnr).toBeGreaterThan(50);
  expect(rowOf(rows, 'tmix').toTmix).toBeUndefined();
  for (const row of rows) expect(row.framesPerSecond).toBeGreaterThan(0);
});

test('SSIM and PSNR to the original are those that ffmpeg measures on the written video', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=${WIDTH}x${HEIGHT}:r=30 -frames:v ${FRAMES} ${RGB} clip.mkv`);
  const { toOriginal } = rowOf(await compare(folder, '--factor 2'), 'soft');
  expect((await runVideo(folder, 'clip.mkv -o soft.mkv --factor 2 --codec ffv1')).status).toBe(0);
  const enlarge = `[0:v]format=gbrp,scale=${WIDTH}:${HEIGHT}:flags=bicubic,fps=30,split[a][b];[1:v]format=gbrp,split[c][d]`;
  const graph = `${enlarge};[a][c]ssim=shortest=1;[b][d]psnr=shortest=1`;
  const { stderr } = await run('ffmpeg', ['-hide_banner', '-i', 'soft.mkv', '-i', 'clip.mkv', '-lavfi', graph, '-f', 'null', '-'], {
    cwd: folder,
  });
  expect(Math.abs(toOriginal.ssim! - Number(/ All:([\d.]+)/.exec(stderr)![1]))).toBeLessThan(0.002);
  expect(Math.abs(toOriginal.psnr! - Number(/ average:([\d.]+)/.exec(stderr)![1]))).toBeLessThan(0.05);
});

testFirst(0, [
  ['a variable frame rate', `-f lavfi -i testsrc2=s=48x36:r=20:d=2 -vf select='lt(t,1)+not(mod(n,4))' -fps_mode vfr ${RGB}`],
  ['10 bits', '-f lavfi -i testsrc2=s=48x36:r=20:d=0.6 -c:v ffv1 -pix_fmt yuv420p10le'],
  ['a size that the factor does not divide', `-f lavfi -i testsrc2=s=47x35:r=20:d=0.6 ${RGB}`],
])('%s is compared too, in windows that are the same', async (_, line) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `${line} clip.mkv`);
  expect(rowOf(await compare(folder, '--factor 2 --scene-cut off'), 'average').toTmix!.psnr).toBeGreaterThan(45);
});

test('the sheet has a row for the original and each method, and the table says what it shows', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i color=0x3366CC:s=64x48:r=10:d=2 ${RGB} clip.mkv`);
  const { status, stdout, stderr } = await runVideo(folder, 'clip.mkv -o out/ --factor 2 --compare --method nearest');
  expect([status, stderr]).toEqual([0, 'clip.mkv, 2 s → out/clip.compare.png\n']);
  const cells = stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('│'))
    .map((line) => line.split('│').map((cell) => cell.trim()));
  expect(cells.map((row) => row[2])).toEqual(['method', 'nearest', 'soft', 'average', 'max', 'tmix', 'drop']);
  expect(cells[2]!.slice(3, 7)).toEqual(['1.0000', 'Infinity', '1.0000', 'Infinity']);
  const { data, info } = await sharp(`${folder}/out/clip.compare.png`).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  // Seven rows of 180 pixels, each with 5 frames of 240 × 180 and a part, all of one color.
  const [red, green, blue] = await rawVideo(folder, 'clip.mkv', 'rgb24');
  let count = 0;
  for (let i = 0; i < data.length; i += 3) if (data[i] === red && data[i + 1] === green && data[i + 2] === blue) count++;
  expect(count).toBe(7 * (5 * 240 * 180 + 180 * 180));
  expect(info.height).toBeGreaterThan(7 * 180);
});

test('--compare takes 10 s unless --duration says more, and pictures as well', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=32x24:r=2:d=12 ${RGB} clip.mkv`);
  const { stdout } = await runVideo(folder, 'clip.mkv -o sheet.png --compare --factor 2 --dry-run');
  expect(stdout.toString()).toBe('clip.mkv, 10 s → sheet.png (dry run: nothing was written)\n');
  expect((await runVideo(folder, 'clip.mkv -o frames/%d.png --time 1')).status).toBe(0);
  const pictures = await runVideo(folder, 'frames -o sheet.png --compare --factor 2 --input-fps 10');
  expect(pictures.status, pictures.stderr).toBe(0);
  expect(await filesBelow(folder)).toContain('sheet.png');
});

test('--json has infinite and undefined figures as texts: those of a clip of one color, too small for SSIM', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i color=0x3366CC:s=16x8:r=10:d=0.4 ${RGB} clip.mkv`);
  const rows = await compare(folder, '--factor 2');
  expect(rows.map(({ method, toOriginal }) => [method, toOriginal])).toEqual(
    ['soft', 'average', 'max', 'tmix', 'drop'].map((method) => [method, { ssim: 'NaN', psnr: 'Infinity' }]),
  );
});

testFirst(1, ['', '--compare'])('a dry run says what the run would say of a part behind the end %s', async (compared) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=32x24:r=10:d=1 ${RGB} clip.mkv`);
  for (const dry of ['', '--dry-run']) {
    const line = `clip.mkv -o ${compared === '' ? 'small.mkv' : 'sheet.png'} --factor 2 --start 100 ${compared} ${dry}`;
    const { status, stdout, stderr } = await runVideo(folder, line);
    expect([status, stdout.toString(), stderr]).toEqual([1, '', 'softpool: clip.mkv: the part begins at 100 s; the video lasts 1 s\n']);
  }
  expect(await filesBelow(folder)).toEqual(['clip.mkv']);
});

test('a clip that fails writes no sheet, and flags that do not go with --compare are refused', async () => {
  const folder = await temporaryFolder();
  const failed = await runVideo(folder, 'none.mp4 -o sheet.png --compare --factor 2');
  expect([failed.status, failed.stderr]).toEqual([1, 'softpool: none.mp4: no such file or folder\n']);
  for (const [flags, message] of [
    ['-o sheet.jpg', '-o sheet.jpg: a contact sheet is a PNG; use the extension .png'],
    ['-o sheet.png --crf 3', '--crf and --compare exclude each other'],
    ['-o sheet.png --audio drop', '--audio and --compare exclude each other'],
  ]) {
    const { status, problems } = await runVideo(folder, `clip.mkv --compare --factor 2 ${flags}`);
    expect({ status, problems }).toEqual({ status: 2, problems: [`softpool: ${message}`] });
  }
  expect(await filesBelow(folder)).toEqual([]);
});
