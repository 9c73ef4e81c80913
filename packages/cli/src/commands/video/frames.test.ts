// Folders of frames, in and out, compared with the operator on the pictures themselves.
import { mkdir, readdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { testFirst } from '@softpool/testing/test-first';
import sharp from 'sharp';
import { softPool3d } from 'softpool';
import { expect, test } from 'vitest';
import { ffmpeg, probe, rawVideo, runVideo } from '../../testing/clips.ts';
import { filesBelow, temporaryFolder } from '../../testing/run-cli.ts';

const [WIDTH, HEIGHT] = [8, 6];

/** Samples that look random, and are the same each time. */
function samplesOf(frame: number, channels: number, bits: 8 | 16): Uint8Array | Uint16Array {
  let state = frame + 1;
  const data = new (bits === 8 ? Uint8Array : Uint16Array)(WIDTH * HEIGHT * channels);
  return data.map(() => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> (32 - bits);
  });
}

/** Writes frames as pictures with the given names. */
async function writeFrames(folder: string, names: readonly string[], channels: 1 | 3, bits: 8 | 16): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [i, name] of names.entries()) {
    const image = sharp(samplesOf(i, channels, bits), { raw: { width: WIDTH, height: HEIGHT, channels } });
    const space = channels === 1 ? (bits === 16 ? 'grey16' : 'b-w') : bits === 16 ? 'rgb16' : 'srgb';
    await image.toColourspace(space).png().toFile(`${folder}/${name}`);
  }
}

/** What the operator makes of such frames by 2. */
function pooled(frames: number, channels: number, bits: 8 | 16): number[] {
  const maximum = 2 ** bits - 1;
  const samples = Array.from({ length: frames }, (_, i) => [...samplesOf(i, channels, bits)]).flat();
  const x = { data: Float64Array.from(samples, (sample) => sample / maximum), shape: [frames, HEIGHT, WIDTH, channels] };
  const { data } = softPool3d(x, { kernelSize: 2, beta: 1 / 0.225, weights: 'shared', layout: 'channelsLast' });
  return Array.from(data, (value) => Math.round(value * maximum));
}

/** The samples of pictures, as sharp reads them. */
async function samplesIn(folder: string, names: readonly string[], space: string): Promise<number[]> {
  const all: number[] = [];
  for (const name of names) {
    const image = sharp(`${folder}/${name}`)
      .toColourspace(space)
      .raw({ depth: space.endsWith('16') ? 'ushort' : 'uchar' });
    const { buffer, byteOffset, length } = await image.toBuffer();
    all.push(...(space.endsWith('16') ? new Uint16Array(buffer, byteOffset, length / 2) : new Uint8Array(buffer, byteOffset, length)));
  }
  return all;
}

testFirst(2, [
  [3, 8, 'srgb'],
  [1, 16, 'grey16'],
  [3, 16, 'rgb16'],
  [1, 8, 'b-w'],
])('%i channels of %i bits become the windows of softPool3d, and stay so', async (channels, bits, space) => {
  const folder = await temporaryFolder();
  // In the order of numbers, not of letters.
  await writeFrames(`${folder}/frames`, ['f1.png', 'f2.png', 'f9.png', 'f10.png'], channels, bits);
  const { status, stderr } = await runVideo(folder, 'frames -o small/ --factor 2 --scene-cut off', { env: { PATH: '/nowhere' } });
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/^frames 8×6 25 fps → small\/frame-%06d\.png 4×3 12\.5 fps, png .* \(4 → 2 frames, /);
  const names = (await readdir(`${folder}/small`)).sort();
  expect(names).toEqual(['frame-000001.png', 'frame-000002.png']);
  const { depth, channels: stored } = await sharp(`${folder}/small/${names[0]}`).metadata();
  expect([depth, stored]).toEqual([bits === 8 ? 'uchar' : 'ushort', channels]);
  expect(await samplesIn(`${folder}/small`, names, space)).toEqual(pooled(4, channels, bits));
});

test('frames of a time lapse become a video that lasts as long', async () => {
  const folder = await temporaryFolder();
  await writeFrames(`${folder}/frames`, ['1.png', '2.png', '3.png', '4.png'], 3, 8);
  const run = await runVideo(folder, 'frames -o small.mkv --factor 2 --codec ffv1 --input-fps 0.004');
  expect(run.stderr).toMatch(/^frames 8×6 0\.004 fps → small\.mkv 4×3 0\.002 fps/);
  // Four frames of 250 s.
  expect(Number((await probe(folder, 'small.mkv')).format.duration)).toBe(1000);
});

test('frames become a video at --input-fps, of which a part can be taken', async () => {
  const folder = await temporaryFolder();
  await writeFrames(
    `${folder}/frames`,
    Array.from({ length: 24 }, (_, i) => `${i}.png`),
    3,
    8,
  );
  const run = await runVideo(folder, 'frames -o small.mkv --factor 2 --codec ffv1 --input-fps 29.97 --start 0.4');
  expect(run.status, run.stderr).toBe(0);
  // 12 frames take 0.4004 s.
  expect((await probe(folder, 'small.mkv')).video).toMatchObject({ r_frame_rate: '15000/1001', nb_read_frames: '6', width: 4, height: 3 });
});

testFirst(0, [
  ['yuv420p10le', 'tv'],
  ['yuv420p10le', 'pc'],
  ['yuv444p12le', 'tv'],
  ['yuv444p12le', 'pc'],
])('%s of range %s becomes 16 bits, and back, by the definition of BT.709', async (format, range) => {
  const folder = await temporaryFolder();
  const bits = format.endsWith('10le') ? 10 : 12;
  const most = 2 ** bits - 1;
  const [black, white] = range === 'pc' ? [0, most] : [16 * 2 ** (bits - 8), 235 * 2 ** (bits - 8)];
  const shares = [0, 0.1, 0.37, 0.5, 0.8, 1];
  const luma = Uint16Array.from({ length: 96 * 16 }, (_, i) => Math.round(black + (white - black) * shares[Math.floor((i % 96) / 16)]!));
  const chroma = new Uint16Array(format.startsWith('yuv420') ? 96 * 8 : 96 * 32).fill((most + 1) / 2);
  await writeFile(`${folder}/gray.yuv`, Buffer.concat([Buffer.from(luma.buffer), Buffer.from(chroma.buffer)]));
  const input = `-f rawvideo -pix_fmt ${format} -s 96x16 -r 10 -i gray.yuv`;
  await ffmpeg(folder, `${input} -c:v ffv1 -colorspace bt709 -color_range ${range} clip.mkv`);
  const out = await runVideo(folder, 'clip.mkv -o out/%d.png --factor 2');
  expect(out.status, out.stderr).toBe(0);
  const rgb = await samplesIn(`${folder}/out`, ['1.png'], 'rgb16');
  shares.forEach((share, i) => {
    expect(Math.abs(rgb[(4 * 48 + 8 * i + 4) * 3]! - 65535 * share)).toBeLessThanOrEqual(65535 / most);
  });
  // The range of video that is made of pictures is limited.
  const back = await runVideo(folder, `out -o back.mkv --time 1 --codec ffv1 --pixel-format ${format}`);
  expect(back.status, back.stderr).toBe(0);
  const stored = await rawVideo(folder, 'back.mkv', format);
  const [low, high] = [16 * 2 ** (bits - 8), 235 * 2 ** (bits - 8)];
  shares.forEach((share, i) => {
    expect(Math.abs(stored.readUInt16LE((4 * 48 + 8 * i + 4) * 2) - (low + (high - low) * share))).toBeLessThanOrEqual(1);
  });
});

test('gray frames become a video', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await writeFrames(`${folder}/frames`, ['1.png', '2.png'], 1, 8);
  const run = await runVideo(folder, 'frames -o small.mkv --factor 2 --codec ffv1 --pixel-format bgr0');
  expect(run.status, run.stderr).toBe(0);
  expect((await probe(folder, 'small.mkv')).video.nb_read_frames).toBe('1');
});

test('a video becomes files of any pattern, and JPEG stays JPEG', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=32x24:r=10:d=0.5 -c:v ffv1 -pix_fmt bgr0 clip.mkv');
  const run = await runVideo(folder, 'clip.mkv -o out/%d.jpg --factor 2');
  expect(run.status, run.stderr).toBe(0);
  expect(await filesBelow(`${folder}/out`)).toEqual(['1.jpg', '2.jpg', '3.jpg']);
  const again = await runVideo(folder, 'out -o again/ --factor 2');
  expect(again.status, again.stderr).toBe(0);
  expect(await filesBelow(`${folder}/again`)).toEqual(['frame-000001.jpg', 'frame-000002.jpg']);
});

test('several folders go into one, each into its own', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b']) await writeFrames(`${folder}/in/${name}`, ['1.png', '2.png'], 3, 8);
  const run = await runVideo(folder, 'in/a in/b/ -o out/ --factor 2');
  expect(run.status, run.stderr).toBe(0);
  expect(await filesBelow(`${folder}/out`)).toEqual(['a/frame-000001.png', 'b/frame-000001.png']);
});

test('existing frames stay, and --force replaces all of them', async () => {
  const folder = await temporaryFolder();
  const names = ['1.png', '2.png', '3.png', '4.png'];
  await writeFrames(`${folder}/frames`, names, 3, 8);
  expect((await runVideo(folder, 'frames -o small/%d.png --time 1')).status).toBe(0);
  await writeFile(`${folder}/small/notes.txt`, 'Dear reader');
  const again = await runVideo(folder, 'frames -o small/%d.png --time 2');
  expect(again).toMatchObject({
    status: 1,
    stderr: 'softpool: frames: small/1.png already exists; use --force to replace all files like it\n',
  });
  expect((await runVideo(folder, 'frames -o small/%d.png --time 2 --force')).status).toBe(0);
  expect(await filesBelow(`${folder}/small`)).toEqual(['1.png', '2.png', 'notes.txt']);
  const same = await runVideo(folder, 'frames -o frames/small-%d.png --factor 2');
  expect(same.stderr).toBe('softpool: frames: cannot write frames to frames, from which they are read; choose another folder\n');
});

test('a folder without a sequence of frames fails, and the error names the file', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await writeFrames(`${folder}/size`, ['1.png', '2.png'], 3, 8);
  await sharp({ create: { width: 9, height: 6, channels: 3, background: 'red' } }).toFile(`${folder}/size/10.png`);
  await writeFrames(`${folder}/kinds`, ['1.png'], 3, 8);
  await sharp(`${folder}/kinds/1.png`).toFile(`${folder}/kinds/2.jpg`);
  await writeFrames(`${folder}/cut`, ['1.png', '2.png'], 3, 8);
  await truncate(`${folder}/cut/2.png`, 120);
  await writeFrames(`${folder}/text`, ['1.png'], 3, 8);
  await writeFile(`${folder}/text/2.png`, 'Dear reader');
  await mkdir(`${folder}/none`);
  await writeFile(`${folder}/none/.hidden.png`, '');
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=32x24:r=10:d=0.5 clip.mp4');
  const before = await filesBelow(folder);
  for (const [input, message] of [
    ['size', 'size: 10.png has 9 × 6 pixels, and 1.png has 8 × 6; all frames must have one size'],
    ['kinds', 'kinds: 1.png and 2.jpg are of different formats; frames must have one format'],
    ['cut', 'cut: 2.png: the image is damaged: .*'],
    ['text', 'text: 2.png: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image'],
    ['none', 'none: no video or frame in this folder'],
    ['clip.mp4', 'clip.mp4: --input-fps is for folders of frames; a file has its own rate'],
  ] as const) {
    const { status, stderr } = await runVideo(
      folder,
      `${input} -o out/%d.png --factor 2 --quiet ${input === 'clip.mp4' ? '--input-fps 5' : ''}`,
    );
    expect(stderr).toMatch(new RegExp(`^softpool: ${message}\n$`));
    expect(status).toBe(1);
  }
  const { stderr } = await runVideo(folder, 'clip.mp4 -o out/%d.png --factor 2 --crf 3');
  expect(stderr).toBe('softpool: out/%d.png: --crf is for videos; frames are written as png files\n(see softpool video --help)\n');
  expect(await filesBelow(folder)).toEqual(before);
});

test('frames that no longer fit on the disk leave nothing', async () => {
  const folder = await temporaryFolder();
  await writeFrames(`${folder}/frames`, ['1.png', '2.png'], 3, 8);
  // A folder in which files cannot be created.
  await symlink('/proc/self', `${folder}/out`);
  const { status, stderr } = await runVideo(folder, 'frames -o out/%d.png --factor 2');
  expect([status, stderr.match(/\n/g)?.length]).toEqual([1, 1]);
  expect(stderr).toMatch(/^softpool: frames: cannot write out: /);
});

testFirst(0, ['SIGINT', 'SIGKILL'] as const)('%s in the middle leaves no frames', async (signal) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=640x480:r=25:d=20 -c:v libx264 -preset ultrafast clip.mp4');
  const hidden = async (): Promise<number> => (await filesBelow(folder)).filter((name) => name.includes('.tmp')).length;
  const { status } = await runVideo(folder, 'clip.mp4 -o out/%d.png --factor 2', {
    onStart: async (child) => {
      while ((await hidden()) < 3 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
      child.kill(signal);
    },
  });
  expect(status).toBe({ SIGINT: 130, SIGKILL: 137 }[signal]);
  if (signal !== 'SIGKILL') return expect(await filesBelow(folder)).toEqual(['clip.mp4']);
  // kill -9 leaves a hidden folder, which the next run removes.
  expect((await filesBelow(folder))[0]).toMatch(/^\.softpool-.*\.tmp\//);
  expect((await runVideo(folder, 'clip.mp4 -o out/%d.png --width 64 --duration 0.08')).status).toBe(0);
  expect(await filesBelow(folder)).toEqual(['clip.mp4', 'out/1.png', 'out/2.png']);
});
