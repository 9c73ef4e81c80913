// Encoders and containers that do not go together: refused before any work, by a dry run too.
import { writeFile } from 'node:fs/promises';
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { ffmpeg, probe, runVideo } from '../../testing/clips.ts';
import { filesBelow, temporaryFolder } from '../../testing/run-cli.ts';

async function folderWithClip(): Promise<string> {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=25:d=0.2 -pix_fmt yuv420p clip.mp4');
  return folder;
}

testFirst(3, [
  ['-o o.jpg', 'o.jpg: cannot write .jpg; use .mp4, '],
  ['-o o.mp4 --codec nosuch', 'this ffmpeg has no encoder nosuch; see ffmpeg -encoders'],
  ['-o out/ --codec nosuch', 'this ffmpeg has no encoder nosuch; see ffmpeg -encoders'],
  ['-o o.webm --preset slow', 'o.webm: --preset is not an option of the encoder libvpx-vp9; leave it out'],
  ['-o o.mp4 --pixel-format nosuch', 'ffmpeg has no pixel format nosuch'],
  ['-o o.mp4 --pixel-format rgb24', 'libx264 does not encode rgb24; the nearest that it does is '],
  ['-o o.png', 'o.png: cannot write .png; use .mp4, '],
  ['-o o.ogv', 'o.ogv: cannot write .ogv; use .mp4, '],
  ['-o o', 'o: no extension; use .mp4, '],
  ['-o o-%d.png --crf 3', 'o-%d.png: --crf is for videos; frames are written as png files'],
])('%s is a wrong argument', async (flags, message) => {
  const folder = await folderWithClip();
  for (const dry of ['', '--dry-run']) {
    const { status, stderr } = await runVideo(folder, `clip.mp4 ${flags} --factor 2 ${dry}`);
    expect([status, stderr.startsWith(`softpool: ${message}`)], stderr).toEqual([2, true]);
    expect(stderr).toMatch(/\n\(see softpool video --help\)\n$/);
  }
  expect(await filesBelow(folder)).toEqual(['clip.mp4']);
});

test('an extension that only some clips of a folder have fails for those alone', async () => {
  const folder = await folderWithClip();
  await ffmpeg(folder, '-i clip.mp4 clip.mpg');
  const { status, problems } = await runVideo(folder, 'clip.mp4 clip.mpg -o out/ --factor 2');
  expect(status).toBe(1);
  expect(problems).toEqual([expect.stringMatching(/^softpool: clip\.mpg: out\/clip\.mpg: cannot write \.mpg; use /)]);
  expect(await filesBelow(folder)).toEqual(['clip.mp4', 'clip.mpg', 'out/clip.mp4']);
});

testFirst(2, [
  ['-o o.webm --codec h264', 'o.webm: libx264 cannot encode it into .webm: '],
  ['-o o.mp4 --preset nosuch', 'o.mp4: libx264 cannot encode it into .mp4: '],
  ['-o o.mp4 --codec gif', 'o.mp4: gif cannot encode it into .mp4: '],
  ['-o o.mp4 --codec rawvideo', 'o.mp4: rawvideo cannot encode it into .mp4: '],
  ['-o o.mp4 --codec aac', 'o.mp4: aac cannot encode it into .mp4: '],
  ['-o o.gif --codec h264', 'o.gif: libx264 cannot encode it into .gif: '],
  ['-o o.avi --codec hevc', 'o.avi: ffmpeg cannot read what libx265 writes into .avi; use another encoder'],
  ['-o o.avi --codec rawvideo --pixel-format rgb24', 'o.avi: ffmpeg cannot read what rawvideo writes into .avi; use another encoder'],
])('%s fails in a dry run as in a run', async (flags, message) => {
  const folder = await folderWithClip();
  const [dry, run] = [
    await runVideo(folder, `clip.mp4 ${flags} --factor 2 --dry-run`),
    await runVideo(folder, `clip.mp4 ${flags} --factor 2`),
  ];
  expect([run.status, run.stderr.startsWith(`softpool: clip.mp4: ${message}`)], run.stderr).toEqual([1, true]);
  expect([dry.status, dry.stderr]).toEqual([run.status, run.stderr]);
  expect(await filesBelow(folder)).toEqual(['clip.mp4']);
});

testFirst(1, [
  ['avi', '', 'subtitles', '--subtitles drop', ['video', 'audio']],
  ['avi', '--audio drop', 'subtitles', '--subtitles drop', ['video']],
  ['webm', '', 'audio', '--audio drop', ['video', 'subtitle']],
  ['webm', '--subtitles drop', 'audio', '--audio drop', ['video']],
])('.%s %s cannot hold the %s, and %s is a way out', async (extension, flags, what, way, types) => {
  const folder = await temporaryFolder();
  await writeFile(`${folder}/texts.srt`, '1\n00:00:00,100 --> 00:00:00,300\nHello\n');
  await ffmpeg(
    folder,
    '-f lavfi -i testsrc2=s=64x48:r=10:d=0.5 -f lavfi -i sine=d=0.5 -i texts.srt -map 0 -map 1 -map 2 -c:a aac clip.mkv',
  );
  const { status, stderr } = await runVideo(folder, `clip.mkv -o o.${extension} --factor 2 ${flags}`);
  expect(status).toBe(1);
  expect(stderr.startsWith(`softpool: clip.mkv: o.${extension}: .${extension} cannot hold the ${what} of the source (`), stderr).toBe(true);
  expect(stderr.endsWith(`); write .mkv, or use ${way}\n`), stderr).toBe(true);
  const taken = await runVideo(folder, `clip.mkv -o o.${extension} --factor 2 ${flags} ${way}`);
  expect(taken.status, taken.stderr).toBe(0);
  expect((await probe(folder, `o.${extension}`)).streams.map(({ codec_type }) => codec_type)).toEqual(types);
});
