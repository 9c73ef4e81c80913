// `softpool video` in shards: what differs from pictures, which are tested in shared/shards.
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesIn, namesIn, writeArchive } from '../../testing/archives.ts';
import { ffmpeg, probe, runVideo } from '../../testing/clips.ts';
import { filesBelow, runCli, temporaryFolder } from '../../testing/run-cli.ts';

const CLIP = '-f lavfi -i testsrc2=s=64x48:r=20:d=1';

test('clips of folders are done by their shards', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'in/x'), { recursive: true });
  for (const name of ['in/a.mp4', 'in/b.mkv', 'in/x/c.webm']) await ffmpeg(folder, `${CLIP} ${name}`);
  await writeFile(join(folder, 'in/notes.txt'), 'no clip');
  for (const shard of ['1/2', '2/2']) expect((await runVideo(folder, `in -o out --factor 2 --shard ${shard}`)).status).toBe(0);
  const outputs = (await filesBelow(join(folder, 'out'))).filter((name) => !name.includes('json'));
  expect(outputs).toEqual(['a.mp4', 'b.mkv', 'x/c.webm']);
  for (const name of outputs)
    expect((await probe(join(folder, 'out'), name)).video).toMatchObject({ width: 32, height: 24, r_frame_rate: '10/1' });
  expect((await runCli(folder, ['status', 'out'])).stdout.toString()).toContain('complete: each of the 3 inputs is there exactly once');
});

test('clips of archives are reduced, and their captions carried along', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `${CLIP} clip.mp4`);
  writeArchive(join(folder, 'in-0.tar'), [
    ['1.mp4', await readFile(join(folder, 'clip.mp4'))],
    ['1.txt', 'a clip'],
    ['2.mp4', 'no clip'],
    ['2.txt', 'nothing'],
  ]);
  const { status, problems } = await runVideo(folder, 'in-0.tar -o out --factor 2');
  expect([status, problems]).toEqual([1, [expect.stringMatching(/^softpool: in-0: 2: [^/]+$/)]]);
  expect(namesIn(join(folder, 'out/in-0.tar'))).toEqual(['1.mp4', '1.txt']);
  await writeFile(join(folder, 'small.mp4'), filesIn(join(folder, 'out/in-0.tar')).get('1.mp4') as Buffer);
  expect((await probe(folder, 'small.mp4')).video).toMatchObject({ width: 32, height: 24, nb_read_frames: '10' });
});

test('a shard whose ffmpeg is killed is tried again, and done then', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'in'));
  await ffmpeg(folder, `${CLIP} in/a.mp4`);
  await mkdir(join(folder, 'bin'));
  await symlink('/usr/bin/ffprobe', join(folder, 'bin/ffprobe'));
  await writeFile(join(folder, 'bin/ffmpeg'), '#!/bin/sh\ncase "$*" in *rawvideo*) kill -9 $$;; esac\nexec /usr/bin/ffmpeg "$@"\n');
  await chmod(join(folder, 'bin/ffmpeg'), 0o755);
  const killed = await runVideo(folder, 'in -o out --factor 2 --shard 1/1 --ffmpeg bin');
  expect([killed.status, killed.problems]).toEqual([
    75,
    [expect.stringMatching(/^softpool: 00001: ffmpeg was killed while it (?:de|en)coded the video$/)],
  ]);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['job.json']);
  expect((await runVideo(folder, 'in -o out --factor 2 --shard 1/1')).status).toBe(0);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['00001.done.json', '00001.ledger.jsonl', 'a.mp4', 'job.json']);
});

test('an encoder that ffmpeg lacks is refused before a job is recorded', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'in'));
  await ffmpeg(folder, `${CLIP} in/a.mp4`);
  writeArchive(join(folder, 'in.tar'), [['1.mp4', await readFile(join(folder, 'in/a.mp4'))]]);
  for (const source of ['in --shard 1/1', 'in.tar']) {
    const { status, problems } = await runVideo(folder, `${source} -o out --factor 2 --codec x266`);
    expect([status, problems]).toEqual([2, ['softpool: this ffmpeg has no encoder x266; see ffmpeg -encoders']]);
  }
  const { problems } = await runVideo(folder, 'in.tar -o out --factor 2 --codec mpeg4 --crf 20');
  expect(problems).toEqual(['softpool: *.mp4: --crf is not an option of the encoder mpeg4; leave it out']);
  expect(await filesBelow(folder)).toEqual(['in.tar', 'in/a.mp4']);
});

test('a file as output, and standard input, are refused', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, `${CLIP} a.mp4`);
  expect((await runVideo(folder, 'a.mp4 -o small.mp4 --factor 2 --shard 1/1')).problems).toEqual([
    'softpool: -o small.mp4 is a file; shards need a folder, such as -o out/',
  ]);
  expect((await runVideo(folder, '- -o out --factor 2 --shard 1/1')).status).toBe(2);
  expect((await runVideo(folder, 'a.mp4 -o out --factor 2 --shard 1/1 --skip-existing')).problems).toEqual([
    'softpool: --skip-existing is not for shards, which know what is done; leave it out',
  ]);
  expect((await runVideo(folder, '-o out --factor 2')).problems).toEqual([
    'softpool: missing clips: give files, folders or archives, or --files LIST',
  ]);
});
