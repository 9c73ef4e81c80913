// --start and --duration: the picture, audio, subtitles and chapters of a part start together and
// end together, whatever the containers.
import { readFile, writeFile } from 'node:fs/promises';
import { probeVideo, readVideo } from '@softpool/media/node';
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { ffmpeg, packetTimes, probe, rawVideo, runVideo } from '../../testing/clips.ts';
import { temporaryFolder } from '../../testing/run-cli.ts';

/** Six seconds with one keyframe, audio, and by choice subtitles and chapters. */
async function makeClip(folder: string, name: string, audio: string, subtitles?: string): Promise<void> {
  const texts = [
    [500, 1500, 'Hi'],
    [2000, 2900, 'Yo'],
    [4000, 4900, 'End'],
  ] as const;
  const time = (ms: number): string => `00:00:0${Math.floor(ms / 1000)},${String(ms % 1000).padStart(3, '0')}`;
  await writeFile(
    `${folder}/texts.srt`,
    texts.map(([from, to, text], i) => `${i + 1}\n${time(from)} --> ${time(to)}\n${text}\n`).join('\n'),
  );
  const chapters = Object.entries({ One: [0, 2000], Two: [2000, 2700], Three: [2700, 6000] });
  const lines = chapters.map(([title, [from, to]]) => `[CHAPTER]\nTIMEBASE=1/1000\nSTART=${from}\nEND=${to}\ntitle=${title}\n`);
  await writeFile(`${folder}/chapters.txt`, `;FFMETADATA1\n${lines.join('')}`);
  const others = subtitles === undefined ? '' : '-i texts.srt -i chapters.txt -map 0 -map 1 -map 2 -map_chapters 3';
  const inputs = `-f lavfi -i testsrc2=s=64x48:r=25:d=6 -f lavfi -i sine=r=48000:d=6 ${others}`;
  await ffmpeg(
    folder,
    `${inputs} -c:v libx264 -g 250 -pix_fmt yuv420p -c:a ${audio} ${subtitles === undefined ? '' : `-c:s ${subtitles}`} ${name}`,
  );
}

testFirst(2, [
  ['mkv', 'aac', 'srt', 'mkv'],
  ['mp4', 'aac', 'mov_text', 'mp4'],
  ['mkv', 'aac', 'srt', 'mp4'],
  ['mkv', 'aac', 'ass', 'mkv'],
  ['mp4', 'aac', 'mov_text', 'mkv'],
  ['mp4', 'aac', 'mov_text', 'mov'],
  ['mkv', 'libopus', 'srt', 'webm'],
  ['mkv', 'libopus', undefined, 'webm'],
  ['mkv', 'libmp3lame', undefined, 'avi'],
  ['ts', 'mp2', undefined, 'mkv'],
])('a second of a .%s with %s and %s, as .%s: all is in step', async (from, audio, subtitles, to) => {
  const folder = await temporaryFolder();
  await makeClip(folder, `clip.${from}`, audio, subtitles);
  const { status, stderr } = await runVideo(folder, `clip.${from} -o part.${to} --time 1 --start 1.7 --duration 1`);
  expect(status, stderr).toBe(0);
  const { chapters, format } = await probe(folder, `part.${to}`);
  // Of a frame, or a packet of audio.
  const [slack, end] = [0.045, Number(format.start_time) + Number(format.duration)];
  expect(Math.abs(end - 1), `it ends at ${end}`).toBeLessThan(slack);
  const [picture, sound] = [await packetTimes(folder, `part.${to}`, 'v:0'), await packetTimes(folder, `part.${to}`, 'a:0')];
  expect(picture.length).toBe(25);
  for (const times of [picture, sound]) expect(Math.abs(Math.min(...times)), `it starts at ${Math.min(...times)}`).toBeLessThan(slack);
  expect(sound.length).toBeGreaterThan(30);
  if (subtitles === undefined) return;
  const texts = await shownTexts(folder, `part.${to}`);
  expect(texts.map(({ text }) => text)).toEqual(['Yo']);
  for (const [i, time] of [0.3, 1].entries()) expect(Math.abs(texts[0]!.times[i]! - time)).toBeLessThan(slack);
  expect(chapters.map(({ tags }) => tags.title)).toEqual(['One', 'Two']);
  const bounds = chapters.flatMap(({ start_time, end_time }) => [Number(start_time), Number(end_time)]);
  for (const [i, time] of [0, 0.3, 0.3, 1].entries()) expect(Math.abs(bounds[i]! - time)).toBeLessThan(slack);
});

testFirst(1, [
  ['mkv', 'srt', 'mp4'],
  ['mp4', 'mov_text', 'mkv'],
])('a part without subtitles, of a .%s with %s, has none in .%s', async (from, subtitles, to) => {
  const folder = await temporaryFolder();
  await makeClip(folder, `clip.${from}`, 'aac', subtitles);
  const { status, stderr } = await runVideo(folder, `clip.${from} -o part.${to} --factor 2 --start 3 --duration 0.8`);
  expect(status, stderr).toBe(0);
  const { streams } = await probe(folder, `part.${to}`);
  const names = streams.map(({ codec_name }) => codec_name);
  // Besides the chapters of MP4.
  expect(names.filter((name) => name !== 'bin_data')).toEqual(['h264', 'aac']);
});

/** The subtitles of a file and when they are shown, as ffmpeg writes them in SubRip. */
async function shownTexts(folder: string, name: string): Promise<{ text: string; times: number[] }[]> {
  await ffmpeg(folder, `-i ${name} -map 0:s shown.srt`);
  const blocks = (await readFile(`${folder}/shown.srt`, 'utf8')).trim().split('\n\n');
  return blocks.map((block) => {
    const [, line = '', ...words] = block.split('\n');
    const times = line.split(' --> ').map((time) => {
      const [hours, minutes, seconds] = time.replace(',', '.').split(':').map(Number);
      return hours! * 3600 + minutes! * 60 + seconds!;
    });
    return { text: words.join('\n').replaceAll(/<[^>]*>/g, ''), times };
  });
}

/** Seven seconds of 30 frames whose luma is 16 and the number of the frame, up to 235. */
async function makeNumbered(folder: string, name: string, options: string): Promise<void> {
  await ffmpeg(folder, `-f lavfi -i color=black:s=16x16:r=30:d=7 -vf format=yuv420p,geq=lum=16+N:cb=128:cr=128 ${options} ${name}`);
}

/** The numbers of the frames in a file. */
async function numbersIn(folder: string, name: string): Promise<number[]> {
  const samples = await rawVideo(folder, name, 'gray', '-vf', 'extractplanes=y');
  return Array.from({ length: samples.length / 256 }, (_, i) => samples[i * 256]! - 16);
}

testFirst(1, [
  ['ts', '-c:v libx264 -qp 0 -g 60'],
  ['mpg', '-c:v mpeg2video -q:v 1 -g 60'],
  ['mkv', '-c:v libx264 -qp 0 -g 60'],
  ['avi', '-c:v ffv1'],
])('a part of a .%s starts at its first frame, not at the next keyframe', async (extension, options) => {
  const folder = await temporaryFolder();
  await makeNumbered(folder, `clip.${extension}`, options);
  const { status, stderr } = await runVideo(folder, `clip.${extension} -o part.mkv --codec ffv1 --time 1 --start 2.5 --duration 2`);
  expect(status, stderr).toBe(0);
  const numbers = await numbersIn(folder, 'part.mkv');
  expect(numbers.length).toBe(60);
  // MPEG-2 is lossy.
  numbers.forEach((number, i) => {
    expect(Math.abs(number - (75 + i)), `${i}: ${number}`).toBeLessThanOrEqual(extension === 'mpg' ? 0.5 : 0);
  });
});

testFirst(1, [20, 65.5])('a part of a .ts at %d s has its frames, with the audio in step', async (start) => {
  const folder = await temporaryFolder();
  // Luma is the number of the frame modulo 200, from 20 on. The tone starts and ends with the part.
  const video = '-f lavfi -i color=black:s=16x16:r=30:d=70 -vf format=yuv420p,geq=lum=20+mod(N\\,200):cb=128:cr=128';
  const audio = `-f lavfi -i sine=f=1000:d=70,volume=0:enable='lt(t,${start})+gte(t,${start + 1})'`;
  await ffmpeg(folder, `${audio} ${video} -c:v libx264 -qp 0 -g 60 -c:a mp2 clip.ts`);
  const { status, stderr } = await runVideo(folder, `clip.ts -o part.mkv --codec ffv1 --time 1 --start ${start} --duration 1`);
  expect(status, stderr).toBe(0);
  const numbers = await numbersIn(folder, 'part.mkv');
  expect(numbers.map((number) => number - 4)).toEqual(Array.from({ length: 30 }, (_, i) => (30 * start + i) % 200));
  await ffmpeg(folder, '-i part.mkv -map 0:a -f s16le -ac 1 -ar 8000 tone.raw');
  const bytes = await readFile(`${folder}/tone.raw`);
  const samples = Array.from({ length: bytes.length / 2 }, (_, i) => Math.abs(bytes.readInt16LE(2 * i)));
  // Packets of audio last 24 ms.
  expect(Math.max(...samples.slice(400, 600))).toBeGreaterThan(1000);
  expect(Math.max(...samples.slice(7600, 7800))).toBeGreaterThan(1000);
});

/** Whole numbers from `first` on. */
function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

testFirst(2, [
  ['mp4', 0.5, range(0, 15)],
  ['mkv', 7.5, range(195, 15)],
  ['mkv', 0.5, range(0, 15)],
  ['mp4', 7.5, range(195, 15)],
])(
  'a second of a .%s from %d s on, whose video starts a second after its audio, has the frames of that time',
  async (extension, start, frames) => {
    const folder = await temporaryFolder();
    await makeNumbered(folder, 'video.mkv', '-c:v libx264 -qp 0 -g 60');
    await ffmpeg(folder, `-itsoffset 1 -i video.mkv -f lavfi -i sine=d=9 -map 0 -map 1 -c:v copy clip.${extension}`);
    const part = `--codec ffv1 --time 1 --start ${start} --duration ${start < 1 ? 1 : 0.5}`;
    const { status, stderr } = await runVideo(folder, `clip.${extension} -o part.mkv ${part}`);
    expect(status, stderr).toBe(0);
    expect(await numbersIn(folder, 'part.mkv')).toEqual(frames);
  },
);

test('a part that ends before the video starts has no frame', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-itsoffset 1 -f lavfi -i testsrc2=s=64x48:r=10:d=1 -f lavfi -i sine=d=2 -fps_mode passthrough clip.mkv');
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o part.mkv --time 1 --start 0.2 --duration 0.5');
  expect([status, stderr]).toEqual([1, 'softpool: clip.mkv: it has no frame at 0.2 s\n']);
});

test('a .mkv whose times do not start at 0 is as long as its frames', async () => {
  const folder = await temporaryFolder();
  await makeNumbered(folder, 'video.mkv', '-c:v libx264 -qp 0');
  await ffmpeg(folder, '-itsoffset 5 -i video.mkv -c copy clip.mkv');
  expect((await probeVideo(`${folder}/clip.mkv`)).duration).toBeCloseTo(7, 2);
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o small.mkv --codec ffv1 --time 1 --start 3');
  expect(status, stderr).toBe(0);
  expect(await numbersIn(folder, 'small.mkv')).toEqual(range(90, 120));
});

testFirst(2, [
  [3.4, 1, [90, 90, 90, 90, 90, 90, 120, 120, 120, 120]],
  [3.2, 0.5, [90, 90, 90, 90, 90]],
  [1.5, 0.5, [30, 30, 30, 30, 30]],
])('a part from %d s on starts with the frame that is shown then, however long before it came', async (start, duration, frames) => {
  const folder = await temporaryFolder();
  // Thirty frames in a second, and then one each second.
  const filters = 'format=yuv420p,geq=lum=16+N:cb=128:cr=128,select=lt(n\\,30)+not(mod(n\\,30))';
  const encoder = '-fps_mode passthrough -c:v libx264 -qp 0';
  await ffmpeg(folder, `-f lavfi -i color=black:s=16x16:r=30:d=7 -vf ${filters} ${encoder} clip.mp4`);
  const part = `--fps 10 --start ${start} --duration ${duration} --scene-cut off`;
  const { status, stderr } = await runVideo(folder, `clip.mp4 -o part.mkv --codec ffv1 ${part}`);
  expect(status, stderr).toBe(0);
  expect(await numbersIn(folder, 'part.mkv')).toEqual(frames);
});

test('a part whose first frames ffmpeg does not find is an error', async () => {
  const folder = await temporaryFolder();
  await makeNumbered(folder, 'clip.ts', '-c:v libx264 -g 60 -sc_threshold 0');
  // As if the container were one in which ffmpeg goes back to a keyframe.
  const info = { ...(await probeVideo(`${folder}/clip.ts`)), seeksLate: false };
  await expect(readVideo(info, { start: 2.5 }).next()).rejects.toThrow(
    `${folder}/clip.ts: ffmpeg finds the first frame at 4 s, not at 2.5 s; copy the video into .mkv first`,
  );
});

testFirst(1, ['mkv', 'avi'])('a part of less than a unit of time is one frame of a .%s', async (extension) => {
  const folder = await temporaryFolder();
  await makeNumbered(folder, `clip.${extension}`, '-c:v ffv1');
  const { status, stderr } = await runVideo(folder, `clip.${extension} -o part.mkv --codec ffv1 --time 1 --start 2 --duration 0.0004`);
  expect(status, stderr).toBe(0);
  expect(await numbersIn(folder, 'part.mkv')).toEqual([60]);
});
