/**
 * The benchmark of videos: `npm run bench:video`, some minutes. It prints its tables and writes
 * them to bench-output/video.md; `-- --update-docs` also puts them into docs/video.md. It needs
 * ffmpeg, GNU time, and taskset for one processor.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { argv, cpuUsage, execPath } from 'node:process';
import { type PoolVideoOptions, poolVideo, type VideoFrameLike } from '@softpool/media';
import { machineLine, QUICK, report, table, withPart } from '../table.ts';
import { type Run, sampleRuns, spreadCell, timedRun } from '../timed-command.ts';

const FOLDER = 'bench-output/video';
const DOCUMENT = 'docs/video.md';
const ROUNDS = QUICK ? 1 : 5;
const SECONDS = QUICK ? 1 : 10;
const [WIDTH, HEIGHT, RATE] = [1920, 1080, 30];
const AREA = `scale=${WIDTH / 2}:${HEIGHT / 2}:flags=area,tmix=frames=2,fps=${RATE / 2}`;
/** The encoder's settings are the defaults, of ffmpeg as of softpool video. */
const ENCODER = ['-c:v', 'libx264'];
/** A rate of cameras in 1080p. */
const BIT_RATE = '16M';

const isUpdate = argv.includes('--update-docs');
if (isUpdate && QUICK) throw new Error('bench: --update-docs needs full figures; leave out --quick');
mkdirSync(FOLDER, { recursive: true });
const clip = await report('the clip', async () => makeClip());
const small = await report('its small frames', async () => makeSmallFrames(clip));
const runs = await report('commands', () => sampleRuns(commands(clip, small), ROUNDS));
const threads = await report('threads', () => sampleRuns(commandsByThreads(clip), ROUNDS));
const pooling = await report('pooling alone', measurePooling);

const frames = SECONDS * RATE;
const parts = {
  'video-machine': machineLine(),
  'video-commands': table(
    [`${SECONDS} s of 1080p`, 'frames/s', 'wall, s', 'processor, s', 'largest process, MB'],
    Object.entries(runs).map(([name, each]) => [name, ...cellsOf(each)]),
  ),
  'video-threads': table(
    ['`--threads`', 'wall, s', 'processor, s'],
    Object.entries(threads).map(([name, each]) => [name, ...timesOf(each)]),
  ),
  'video-pooling': table(
    ['pooling a frame of 1080p', 'processor, ms'],
    Object.entries(pooling).map(([name, times]) => [name, spreadCell(times, 1)]),
  ),
};
const text = Object.values(parts).join('\n\n');
console.log(text);
writeFileSync('bench-output/video.md', `${text}\n`);
if (isUpdate) writeFileSync(DOCUMENT, Object.entries(parts).reduce(withPart, readFileSync(DOCUMENT, 'utf8')));

function cellsOf(each: readonly Run[]) {
  const rates = each.map(({ wall }) => frames / wall);
  const sizes = each.map(({ megabytes }) => megabytes);
  return [spreadCell(rates, 0), ...timesOf(each), spreadCell(sizes, 0)];
}

function timesOf(each: readonly Run[]) {
  const walls = each.map(({ wall }) => wall);
  const processors = each.map(({ processor }) => processor);
  return [spreadCell(walls, 1), spreadCell(processors, 1)];
}

/** A photograph that moves, with the noise of a camera. */
function makeClip(): string {
  const path = `${FOLDER}/clip-${SECONDS}s-${BIT_RATE}.mp4`;
  if (existsSync(path)) return path;
  const filter = `fps=${RATE},scale=2400:1600,crop=${WIDTH}:${HEIGHT}:x='20+n':y='20+n/2',noise=alls=8:allf=t,format=yuv420p`;
  const photograph = ['-loop', '1', '-i', 'examples/photographs/coffee.png', '-t', `${SECONDS}`, '-vf', filter];
  ffmpeg([...photograph, ...ENCODER, '-b:v', BIT_RATE, '-colorspace', 'bt709', '-color_range', 'tv', `${path}.part.mp4`]);
  renameSync(`${path}.part.mp4`, path);
  return path;
}

/** The frames of the result of `softpool video`, before they are encoded. */
function makeSmallFrames(clip: string): string {
  const [lossless, path] = [`${FOLDER}/small.mkv`, `${FOLDER}/small.yuv`];
  timedRun(`${FOLDER}/time`, softpoolVideo(clip, lossless, ['--codec', 'ffv1', '--pixel-format', 'yuv420p']));
  ffmpeg(['-i', lossless, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', path]);
  return path;
}

function ffmpeg(args: readonly string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Commands by name: on all processors, and on one. */
function commands(clip: string, small: string): Record<string, () => Run> {
  const program = ['ffmpeg', '-v', 'error', '-nostdin', '-y'];
  const softpool = softpoolVideo(clip);
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH / 2}x${HEIGHT / 2}`, '-framerate', `${RATE / 2}`, '-i', small];
  const all = {
    'softpool video --factor 2': softpool,
    'softpool video --factor 2 --method average': [...softpool, '--method', 'average'],
    'ffmpeg scale=flags=area, tmix': [...program, '-i', clip, '-vf', AREA, ...ENCODER, `${FOLDER}/ffmpeg.mp4`],
    'ffmpeg, decoding alone': [...program, '-i', clip, '-f', 'null', '-'],
    'ffmpeg, encoding alone': [...program, ...raw, ...ENCODER, `${FOLDER}/encoded.mp4`],
  };
  const on = (processors: string, prefix: readonly string[]): [string, () => Run][] =>
    Object.entries(all).map(([name, command]) => [`${name}; ${processors}`, () => timedRun(`${FOLDER}/time`, [...prefix, ...command])]);
  return Object.fromEntries([...on(`${availableParallelism()} processors`, []), ...on('one processor', ['taskset', '-c', '0'])]);
}

/** The command by the threads that pool while ffmpeg works, on all processors. */
function commandsByThreads(clip: string): Record<string, () => Run> {
  const command = (threads: string) => [...softpoolVideo(clip), '--threads', threads];
  return Object.fromEntries(['0', '1', '2'].map((threads) => [threads, () => timedRun(`${FOLDER}/time`, command(threads))]));
}

function softpoolVideo(clip: string, output = `${FOLDER}/softpool.mp4`, encoder: readonly string[] = []): string[] {
  return [execPath, 'packages/cli/bin/softpool.js', 'video', clip, '--factor', '2', '-o', output, ...encoder, '--force', '--quiet'];
}

/** Processor time of poolVideo for each frame, in milliseconds, on one thread. */
async function measurePooling(): Promise<Record<string, number[]>> {
  const subjects: Readonly<Record<string, PoolVideoOptions>> = {
    'RGB, factor 2': { factor: 2 },
    'RGB, factor 4': { factor: 4 },
    'RGB, factor 2, perChannel': { factor: 2, weights: 'perChannel' },
    'RGB, factor 2, linear': { factor: 2, linear: true },
    'RGB, factor 2, max': { factor: 2, method: 'max' },
  };
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  let state = 1;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[at] = 100 + 80 * Math.sin(at / 9000) + (state >>> 24) / 8;
  }
  async function* frames(count: number): AsyncGenerator<VideoFrameLike> {
    for (let i = 0; i < count; i++) yield { data, width: WIDTH, height: HEIGHT, channels: 3, timestamp: i / RATE, duration: 1 / RATE };
  }
  const times: Record<string, number[]> = {};
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, options] of Object.entries(subjects)) {
      const count = QUICK ? 4 : 24;
      const start = cpuUsage();
      for await (const _ of poolVideo(frames(count), options));
      const { user, system } = cpuUsage(start);
      // The first round warms up.
      if (round > 0) times[name] = [...(times[name] ?? []), (user + system) / 1000 / count];
    }
  }
  return times;
}
