// What comes through besides the samples: shape, time, audio, subtitles, chapters.
import { readFile, writeFile } from 'node:fs/promises';
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { ffmpeg, packetTimes, probe, rawVideo, runVideo } from '../../testing/clips.ts';
import { temporaryFolder } from '../../testing/run-cli.ts';

const RGB = '-c:v ffv1 -pix_fmt bgr0';

testFirst(1, [90, -90, 180])('a rotation of %i° is applied, and its tag removed', async (degrees) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x32:r=10:d=0.4 -pix_fmt yuv420p plain.mp4');
  await ffmpeg(folder, `-i plain.mp4 -c copy -metadata:s:v:0 rotate=${degrees} clip.mp4`);
  const { side_data_list: sideData } = (await probe(folder, 'clip.mp4')).video;
  expect(Math.abs(Number(sideData?.[0]?.rotation))).toBe(Math.abs(degrees)); // it is turned
  expect((await runVideo(folder, 'clip.mp4 -o small.mkv --factor 2 --codec ffv1')).status).toBe(0);
  const { video } = await probe(folder, 'small.mkv');
  expect([video.width, video.height]).toEqual(degrees === 180 ? [32, 16] : [16, 32]);
  expect([video.side_data_list, video.tags?.rotate]).toEqual([undefined, undefined]);
  // ffmpeg's own rotation and scaling: the same picture, roughly.
  const expected = await rawVideo(folder, 'clip.mp4', 'rgb24', '-vf', `scale=${video.width}:${video.height}:flags=area`);
  const ours = await rawVideo(folder, 'small.mkv', 'rgb24');
  const frame = ours.subarray(0, 16 * 32 * 3);
  expect(frame.reduce((sum, sample, i) => sum + Math.abs(sample - expected[i]!), 0) / frame.length).toBeLessThan(16);
});

testFirst(0, [90, 180, 270])('the tag of older files for %i° is applied, which ffmpeg no longer does', async (degrees) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=64x32:r=10:d=0.4 ${RGB} -metadata:s:v:0 rotatX=${degrees} named.mkv`);
  const bytes = await readFile(`${folder}/named.mkv`); // ffmpeg does not write the tag itself
  bytes.write('ROTATE', bytes.indexOf('ROTATX'));
  await writeFile(`${folder}/clip.mkv`, bytes);
  expect((await probe(folder, 'clip.mkv')).video.tags?.ROTATE).toBe(`${degrees}`);
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o turned.mkv --factor 2 --time 1 --codec ffv1');
  expect(status, stderr).toBe(0);
  expect((await runVideo(folder, 'named.mkv -o plain.mkv --factor 2 --time 1 --codec ffv1')).status).toBe(0);
  const [plain, turned] = [await rawVideo(folder, 'plain.mkv', 'rgb24'), await rawVideo(folder, 'turned.mkv', 'rgb24')];
  const { video } = await probe(folder, 'turned.mkv');
  const [width, height] = degrees === 180 ? [32, 16] : [16, 32];
  expect([video.width, video.height]).toEqual([width, height]);
  const clockwise = Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return degrees === 90 ? (15 - x) * 32 + y : degrees === 180 ? (15 - y) * 32 + 31 - x : x * 32 + 31 - y;
  });
  const first = clockwise.flatMap((from) => [...plain.subarray(from * 3, from * 3 + 3)]);
  expect([...turned.subarray(0, first.length)]).toEqual(first);
});

testFirst(0, [
  ['--factor 2', '4:3'],
  ['--size 16x16', '8:3'],
  ['--kernel 1x2x4', '8:3'],
  ['--width 32', '4:3'],
])('pixels that are not square keep the shape of the picture: %s', async (flags, aspect) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x32:r=10:d=0.4 -vf setsar=4/3 -pix_fmt yuv420p clip.mp4');
  const { status, stderr } = await runVideo(folder, `clip.mp4 -o small.mp4 ${flags}`);
  expect(status, stderr).toBe(0);
  expect((await probe(folder, 'small.mp4')).video.sample_aspect_ratio).toBe(aspect);
});

test('a variable frame rate is pooled by time: each frame as long as it is shown', async () => {
  const folder = await temporaryFolder();
  // 20 frames per second for a second, then 5: gray levels that grow by 4 a frame of the first.
  const filter = "select='lt(t,1)+not(mod(n,4))',geq=lum='40+80*T':cb=128:cr=128";
  await ffmpeg(folder, `-f lavfi -i color=black:s=16x16:r=20:d=2 -vf ${filter} -fps_mode vfr -c:v ffv1 -pix_fmt yuv420p clip.mkv`);
  expect((await packetTimes(folder, 'clip.mkv', 'v:0')).length).toBe(25);
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o small.mkv --fps 5 --method average --codec ffv1');
  expect(status, stderr).toBe(0);
  const samples = await rawVideo(folder, 'small.mkv', 'gray', '-vf', 'extractplanes=y');
  const ours = Array.from({ length: samples.length / 256 }, (_, i) => samples[i * 256]!);
  // Levels 40, 44, 48 and 52 in the first window, and so on; then one frame each.
  const expected = Array.from({ length: 10 }, (_, i) => 40 + 16 * i + (i < 5 ? 6 : 0));
  expect(ours.length).toBe(10);
  ours.forEach((level, i) => {
    expect(Math.abs(level - expected[i]!), `${i}: ${level}`).toBeLessThanOrEqual(1.5);
  });
});

test('audio and subtitles are copied packet by packet, with chapters, titles and languages', async () => {
  const folder = await temporaryFolder();
  await writeFile(`${folder}/texts.srt`, '1\n00:00:00,500 --> 00:00:01,500\nHello\n');
  await writeFile(
    `${folder}/chapters.txt`,
    ';FFMETADATA1\ntitle=A film\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Two\n',
  );
  const inputs = '-f lavfi -i testsrc2=s=64x48:r=25:d=2 -f lavfi -i sine=d=2 -i texts.srt -i chapters.txt';
  const maps = '-map 0 -map 1 -map 2 -map_metadata 3 -map_chapters 3 -metadata:s:v:0 language=deu -metadata:s:a:0 language=fra';
  await ffmpeg(folder, `${inputs} ${maps} -pix_fmt yuv420p -c:a aac -c:s srt clip.mkv`);
  for (const name of ['small.mkv', 'small.mp4']) {
    const { status, stderr } = await runVideo(folder, `clip.mkv -o ${name} --factor 2`);
    expect(status, stderr).toBe(0);
    const { streams, chapters, format, video } = await probe(folder, name);
    const known = streams.filter(({ codec_name }) => codec_name !== 'bin_data'); // chapters of MP4
    expect(known.map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac', name.endsWith('mkv') ? 'subrip' : 'mov_text']);
    expect(known.map(({ tags }) => tags?.language)).toEqual(['deu', 'fra', name.endsWith('mkv') ? undefined : 'und']);
    expect(chapters.slice(0, 2).map(({ tags }) => tags.title)).toEqual(['One', 'Two']);
    expect(format.tags?.title).toBe('A film');
    expect(Number(format.duration)).toBeCloseTo(2, 1);
    expect(Number(video.nb_read_frames)).toBe(25);
    const [ours, theirs] = [await packetTimes(folder, name, 'a:0'), await packetTimes(folder, 'clip.mkv', 'a:0')];
    expect(ours.length).toBe(theirs.length);
    expect(Math.max(...ours.map((time, i) => Math.abs(time - theirs[i]!)))).toBeLessThan(0.03);
  }
});

test('subtitles of an MP4 become texts that Matroska holds', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await writeFile(`${folder}/texts.srt`, '1\n00:00:00,100 --> 00:00:00,300\nHello\n');
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=32x24:r=10:d=0.4 -i texts.srt -pix_fmt yuv420p -c:s mov_text clip.mp4');
  const { status, stderr } = await runVideo(folder, 'clip.mp4 -o small.mkv --factor 2');
  expect(status, stderr).toBe(0);
  expect((await probe(folder, 'small.mkv')).streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'subrip']);
});

test('--audio drop leaves the audio out', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=25:d=1 -f lavfi -i sine=d=1 clip.mp4');
  expect((await runVideo(folder, 'clip.mp4 -o small.webm --factor 2 --audio drop')).status).toBe(0);
  expect((await probe(folder, 'small.webm')).streams.map(({ codec_type }) => codec_type)).toEqual(['video']);
});

test('audio that the container does not take is refused before any work', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=25:d=1 -f lavfi -i sine=d=1 clip.mp4');
  const { status, stderr } = await runVideo(folder, 'clip.mp4 -o small.webm --factor 2');
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^softpool: clip\.mp4: small\.webm: \.webm cannot hold the audio of the source \(.*\); write \.mkv, or use --audio drop\n$/,
  );
});

testFirst(0, ['mp4', 'mkv'])('a video that starts later than its audio still does in .%s', async (extension) => {
  const folder = await temporaryFolder();
  await ffmpeg(
    folder,
    `-itsoffset 0.6 -f lavfi -i testsrc2=s=64x48:r=25:d=2 -f lavfi -i sine=d=3 -fps_mode passthrough -pix_fmt yuv420p clip.${extension}`,
  );
  const { status, stderr } = await runVideo(folder, `clip.${extension} -o small.${extension} --factor 2`);
  expect(status, stderr).toBe(0);
  const lateness = async (name: string): Promise<number> =>
    Math.min(...(await packetTimes(folder, name, 'v:0'))) - Math.min(...(await packetTimes(folder, name, 'a:0')));
  expect(await lateness(`clip.${extension}`)).toBeGreaterThan(0.55);
  expect(await lateness(`small.${extension}`)).toBeCloseTo(await lateness(`clip.${extension}`), 2);
  expect(Number((await probe(folder, `small.${extension}`)).video.nb_read_frames)).toBe(25);
});

test('--start and --duration take a part, with its audio', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=64x48:r=20:d=4 -f lavfi -i sine=d=4 ${RGB} -c:a pcm_s16le clip.mkv`);
  expect((await runVideo(folder, 'clip.mkv -o small.mkv --time 2 --codec ffv1 --start 0:01.5 --duration 1')).status).toBe(0);
  expect((await runVideo(folder, 'clip.mkv -o all.mkv --time 2 --codec ffv1')).status).toBe(0);
  const [part, all] = [await rawVideo(folder, 'small.mkv', 'rgb24'), await rawVideo(folder, 'all.mkv', 'rgb24')];
  const frame = 64 * 48 * 3;
  expect(part.length).toBe(10 * frame);
  expect(part.equals(all.subarray(15 * frame, 25 * frame))).toBe(true);
  expect((await packetTimes(folder, 'small.mkv', 'a:0')).at(-1)).toBeCloseTo(1, 0);
});

test('an interlaced video is refused, or deinterlaced', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=50:d=1 -vf interlace,setfield=tff -c:v mpeg2video -flags +ilme+ildct clip.mkv');
  for (const dry of ['', '--dry-run']) {
    const refused = await runVideo(folder, `clip.mkv -o small.mp4 --factor 2 ${dry}`);
    expect([refused.status, refused.stderr]).toEqual([1, 'softpool: clip.mkv: it is interlaced; --deinterlace makes full frames of it\n']);
  }
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o small.mp4 --factor 2 --deinterlace');
  expect(status, stderr).toBe(0);
  expect((await probe(folder, 'small.mp4')).video).toMatchObject({ field_order: 'progressive', nb_read_frames: '13' });
});

testFirst(1, [1, 2, 3, 7])('%i frames by 2: the last window is as far as it goes', async (frames) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=32x32:r=10:d=2 -frames:v ${frames} ${RGB} clip.mkv`);
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o small.mkv --factor 2 --codec ffv1');
  expect(status, stderr).toBe(0);
  expect(Number((await probe(folder, 'small.mkv')).video.nb_read_frames)).toBe(Math.ceil(frames / 2));
});

testFirst(1, [
  ['35x21', 18, 10, ['row']],
  ['34x22', 16, 10, ['column', 'row']],
  ['36x20', 18, 10, []],
])('4:2:0 of %s by 2 leaves an odd last row or column out, and says so', async (size, width, height, left) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=64x64:r=10:d=0.4 -vf format=yuv444p,scale=${size.replace('x', ':')} -c:v ffv1 clip.mkv`);
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o small.mp4 --factor 2 --pixel-format yuv420p');
  expect(status, stderr).toBe(0);
  const { video } = await probe(folder, 'small.mp4');
  expect([video.width, video.height]).toEqual([width, height]);
  expect(Array.from(stderr.matchAll(/the last (\w+) was left out/g), ([, side]) => side)).toEqual(left);
});

test('16,384 pixels wide', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=16384x16:r=10:d=0.3 ${RGB} clip.mkv`);
  const { status, stderr } = await runVideo(folder, 'clip.mkv -o small.mkv --factor 2 --codec ffv1');
  expect(status, stderr).toBe(0);
  expect((await probe(folder, 'small.mkv')).video).toMatchObject({ width: 8192, height: 8, nb_read_frames: '2' });
});
