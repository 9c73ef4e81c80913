// Animated GIF and WebP: delays, transparency and loops, as sharp and the file formats tell them.
import { readFile, writeFile } from 'node:fs/promises';
import { testFirst } from '@softpool/testing/test-first';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { ffmpeg, runVideo } from '../../testing/clips.ts';
import { filesBelow, temporaryFolder } from '../../testing/run-cli.ts';

const SIDE = 16;
type Format = 'gif' | 'webp';

/** Gray levels as an animation; the left quarter of each frame is transparent. */
async function animation(format: Format, levels: readonly number[], timing: { delay: number[]; loop: number }): Promise<Buffer> {
  const data = Uint8Array.from({ length: levels.length * SIDE * SIDE * 4 }, (_, i) => {
    const pixel = Math.floor(i / 4);
    const isTransparent = pixel % SIDE < SIDE / 4;
    if (i % 4 === 3) return isTransparent ? 0 : 255;
    return isTransparent ? 0 : levels[Math.floor(pixel / (SIDE * SIDE))]!;
  });
  const image = sharp(data, { raw: { width: SIDE, height: levels.length * SIDE, channels: 4, pageHeight: SIDE } });
  return await (format === 'gif' ? image.gif(timing) : image.webp({ ...timing, lossless: true })).toBuffer();
}

/** The timing, and of each frame a transparent pixel and the level of one that is not. */
async function look(path: string): Promise<{ loop: number | undefined; shown: [until: number, level: number][]; alpha: number[] }> {
  const bytes = await readFile(path);
  const { delay = [], loop, pages = 1, width, height } = await sharp(bytes).metadata();
  const raw = await sharp(bytes, { pages: -1 }).ensureAlpha().raw().toBuffer();
  const sampleOf = (page: number, x: number): number[] => [
    ...raw.subarray((page * height * width + x) * 4, (page * height * width + x) * 4 + 4),
  ];
  let time = 0;
  const shown = Array.from({ length: pages }, (_, page): [number, number] => {
    time += delay[page] ?? 0;
    return [time, sampleOf(page, width - 1)[0]!];
  });
  return { loop, shown, alpha: Array.from({ length: pages }, (_, page) => sampleOf(page, 0)[3]!) };
}

/** The level that is shown at a time, in milliseconds. */
function levelAt({ shown }: Awaited<ReturnType<typeof look>>, time: number): number {
  return shown.find(([until]) => time < until)![1];
}

const FORMATS = ['gif', 'webp'] as const;

testFirst(
  1,
  FORMATS.flatMap((from) => FORMATS.map((to) => [from, to] as const)),
)('.%s to .%s keeps delays, transparency and the number of loops', async (from, to) => {
  const folder = await temporaryFolder();
  const levels = [20, 80, 140, 200];
  for (const loop of [0, 1, 3]) {
    await writeFile(`${folder}/in.${from}`, await animation(from, levels, { delay: [100, 100, 600, 100], loop }));
    const { status, stderr } = await runVideo(folder, `in.${from} -o out.${to} --factor 2 --time 1 --force`);
    expect(status, stderr).toBe(0);
    const out = await look(`${folder}/out.${to}`);
    expect(out.loop).toBe(loop);
    expect(out.shown.at(-1)![0]).toBe(900);
    for (const [time, level] of [
      [50, 20],
      [150, 80],
      [250, 140],
      [750, 140],
      [850, 200],
    ] as const) {
      expect(Math.abs(levelAt(out, time) - level), `${level} at ${time} ms`).toBeLessThanOrEqual(4);
    }
    expect(new Set(out.alpha)).toEqual(new Set([0]));
  }
});

testFirst(1, FORMATS)('a .%s is pooled by its delays: a frame weighs as long as it is shown', async (format) => {
  const folder = await temporaryFolder();
  await writeFile(`${folder}/in.${format}`, await animation(format, [0, 200, 100, 100], { delay: [100, 300, 100, 100], loop: 0 }));
  const { status, stderr } = await runVideo(folder, `in.${format} -o out/%d.png --fps 2.5 --method average --scene-cut off`);
  expect(status, stderr).toBe(0);
  // The most frequent delay is 100 ms. 400 ms of 0, 200, 200, 200; then 200 ms of 100.
  const levels = await Promise.all([1, 2].map(async (i) => (await sharp(`${folder}/out/${i}.png`).raw().toBuffer()).at(-4)));
  expect(levels).toEqual([150, 100]);
});

test('a delay that browsers take for 100 ms is one', async () => {
  const folder = await temporaryFolder();
  await writeFile(`${folder}/in.gif`, await animation('gif', [0, 100, 200], { delay: [0, 10, 50], loop: 0 }));
  const { stdout } = await runVideo(folder, 'in.gif -o out.gif --factor 2 --dry-run --json');
  expect(JSON.parse(stdout.toString()).files[0].from).toEqual({ width: 16, height: 16, frameRate: 10, duration: 0.25 });
});

test.each([
  ['a delay of 20 ms is shown as it is', [20, 20, 50], { frameRate: 50, duration: 0.09 }],
  ['of delays that are equally frequent, the shortest is the frame rate', [50, 100], { frameRate: 20, duration: 0.15 }],
])('%s', async (_, delay, expected) => {
  const folder = await temporaryFolder();
  const levels = delay.map((_, frame) => 80 * frame);
  await writeFile(`${folder}/in.gif`, await animation('gif', levels, { delay, loop: 0 }));
  const { stdout } = await runVideo(folder, 'in.gif -o out.gif --factor 2 --dry-run --json');
  expect(JSON.parse(stdout.toString()).files[0].from).toMatchObject(expected);
});

test('a part starts with the frame that is shown then', async () => {
  const folder = await temporaryFolder();
  await writeFile(`${folder}/in.webp`, await animation('webp', [20, 80, 140], { delay: [1000, 100, 100], loop: 0 }));
  expect((await runVideo(folder, 'in.webp -o out.webp --time 1 --fps 10 --start 0.5 --duration 0.6')).status).toBe(2);
  const { status, stderr } = await runVideo(folder, 'in.webp -o out.webp --fps 10 --start 0.5 --duration 0.6');
  expect(status, stderr).toBe(0);
  const out = await look(`${folder}/out.webp`);
  expect(out.shown.at(-1)![0]).toBe(600);
  expect(Math.abs(levelAt(out, 450) - 20)).toBeLessThanOrEqual(4);
  expect(Math.abs(levelAt(out, 550) - 80)).toBeLessThanOrEqual(4);
});

test('an animation of one frame, and more frames than are decoded at once', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await writeFile(`${folder}/one.gif`, await animation('gif', [90], { delay: [100], loop: 0 }));
  expect((await runVideo(folder, 'one.gif -o one.webp --factor 2')).status).toBe(0);
  // 9 frames of 8 MB: the limit is 64 MB.
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=1920x1080:r=10:d=0.9 -loop 0 large.webp');
  const { status, stderr } = await runVideo(folder, 'large.webp -o small/%d.png --kernel 1x60x60 --method average');
  expect(status, stderr).toBe(0);
  expect(await filesBelow(`${folder}/small`)).toHaveLength(9);
  for (const page of [0, 7, 8]) {
    const whole = await sharp(`${folder}/large.webp`, { page }).removeAlpha().raw().toBuffer();
    const ours = await sharp(`${folder}/small/${page + 1}.png`)
      .removeAlpha()
      .raw()
      .toBuffer();
    const corner = Array.from({ length: 60 * 60 }, (_, i) => whole[((1020 + Math.floor(i / 60)) * 1920 + 1860 + (i % 60)) * 3]!);
    expect(Math.abs(ours.at(-3)! - corner.reduce((sum, sample) => sum + sample) / 3600)).toBeLessThan(1);
  }
});

testFirst(1, FORMATS)('a .%s that is cut off or damaged fails, and leaves nothing', async (format) => {
  const folder = await temporaryFolder();
  const whole = await animation(format, [0, 50, 100, 150, 200], { delay: [100, 100, 100, 100, 100], loop: 0 });
  for (const share of [0.3, 0.6, 0.9, 0.99]) {
    await writeFile(`${folder}/in.${format}`, whole.subarray(0, Math.floor(whole.length * share)));
    const { status, stderr } = await runVideo(folder, `in.${format} -o out.${format} --factor 2`);
    expect(stderr).toMatch(new RegExp(`^softpool: in\\.${format}: .+\n$`));
    expect(status).toBe(1);
    expect(await filesBelow(folder)).toEqual([`in.${format}`]);
  }
});

test('more frames a second than players show are refused', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=32x24:r=120:d=0.5 clip.mp4');
  for (const format of FORMATS) {
    const { status, stderr } = await runVideo(folder, `clip.mp4 -o out.${format} --factor 2`);
    const message = `clip.mp4: out.${format}: .${format} shows at most 50 frames a second, not 60; ask for 50 or less`;
    expect([status, stderr]).toEqual([1, `softpool: ${message}\n`]);
  }
});

test.each<[number, number, string[]]>([
  [50, 0, []],
  [51, 1, ['softpool: clip.mp4: out.gif: .gif shows at most 50 frames a second, not 51; ask for 50 or less']],
])('a .gif of %i frames a second: 50 are the most', async (rate, code, messages) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=32x24:r=${2 * rate}:d=0.1 clip.mp4`);
  const { status, problems } = await runVideo(folder, 'clip.mp4 -o out.gif --factor 2 --dry-run');
  expect([status, problems]).toEqual([code, messages]);
});

test('audio that an animation cannot have is left out, and that is said', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=32x24:r=10:d=0.5 -f lavfi -i sine=d=0.5 clip.mp4');
  expect((await runVideo(folder, 'clip.mp4 -o out.gif --factor 2')).stderr).toContain('; audio left out');
  expect((await runVideo(folder, 'clip.mp4 -o out.gif --factor 2 --audio drop --force')).stderr).not.toContain('left out');
});
