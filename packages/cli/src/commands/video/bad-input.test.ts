// Clips, programs and disks that fail: one clear line, no partial file, no process left.
import { execFile } from 'node:child_process';
import { chmod, mkdir, open, readdir, readFile, readlink, rename, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { ffmpeg, runVideo } from '../../testing/clips.ts';
import { COMMAND, filesBelow, temporaryFolder } from '../../testing/run-cli.ts';

/** Checks that a run failed with one line, and left nothing behind. */
async function expectFailure(folder: string, line: string, message: RegExp, env: Record<string, string> = {}): Promise<void> {
  const before = await filesBelow(folder);
  const { status, stderr, stdout } = await runVideo(folder, line, { env });
  expect(stderr).toMatch(message);
  expect(stderr.match(/\n/g)).toHaveLength(1);
  expect([status, stdout.length]).toEqual([1, 0]);
  expect(await filesBelow(folder)).toEqual(before);
  expect(await programsIn(folder)).toEqual([]);
}

testFirst(1, ['mp4', 'mkv', 'webm', 'avi', 'mov'])('a .%s that is cut off fails', async (extension) => {
  const folder = await temporaryFolder();
  const faststart = extension === 'mp4' ? '-movflags +faststart' : '';
  await ffmpeg(folder, `-f lavfi -i testsrc2=s=160x120:r=25:d=4 -g 10 ${faststart} clip.${extension}`);
  await truncate(`${folder}/clip.${extension}`, Math.floor((await stat(`${folder}/clip.${extension}`)).size * 0.6));
  await expectFailure(folder, `clip.${extension} -o small.mp4 --factor 2`, new RegExp(`^softpool: clip\\.${extension}: .+\n$`));
});

test('a clip with damaged bytes fails', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=160x120:r=25:d=4 -g 10 clip.mkv');
  const file = await open(`${folder}/clip.mkv`, 'r+');
  const size = (await file.stat()).size;
  for (let at = size / 2; at < size / 2 + 3000; at += 40) await file.write(Buffer.from([255, 0, 255, 7]), 0, 4, Math.floor(at));
  await file.close();
  await expectFailure(folder, 'clip.mkv -o small.mp4 --factor 2', /^softpool: clip\.mkv: the video is damaged: .+\n$/);
});

test('files that are not videos fail, each with its reason', async () => {
  const folder = await temporaryFolder();
  await writeFile(`${folder}/empty.mp4`, '');
  await writeFile(`${folder}/text.mp4`, 'not a video\n'.repeat(100));
  await ffmpeg(folder, '-f lavfi -i sine=d=1 sound.mp4');
  await mkdir(`${folder}/folder.mp4`);
  await expectFailure(folder, 'empty.mp4 -o a.mp4 --factor 2', /^softpool: empty\.mp4: the file is empty\n$/);
  await expectFailure(folder, 'text.mp4 -o a.mp4 --factor 2', /^softpool: text\.mp4: .+\n$/);
  await expectFailure(folder, 'sound.mp4 -o a.mp4 --factor 2', /^softpool: sound\.mp4: the file has no video\n$/);
  await expectFailure(folder, 'folder.mp4 -o a.mp4 --factor 2 --quiet', /^softpool: folder\.mp4: no video or frame in this folder\n$/);
  await expectFailure(folder, 'none.mp4 -o a.mp4 --factor 2', /^softpool: none\.mp4: no such file or folder\n$/);
});

test('paths that lead nowhere, and names that stand for frames, fail with the reason', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=10:d=1 clip.mp4');
  await symlink('loop.mp4', `${folder}/loop.mp4`);
  await expectFailure(folder, 'loop.mp4 -o a.mp4 --factor 2', /^softpool: loop\.mp4: too many symbolic links\n$/);
  await expectFailure(folder, 'clip.mp4/x -o a.mp4 --factor 2', /^softpool: clip\.mp4\/x: a part of the path is a file, not a folder\n$/);
  const pattern = await runVideo(folder, 'clip.mp4 -o a%d.mp4 --factor 2');
  expect([pattern.status, pattern.problems]).toEqual([
    2,
    [expect.stringMatching(/^softpool: a%d\.mp4: %d stands for a file per frame, of /)],
  ]);
  await rename(`${folder}/clip.mp4`, `${folder}/100%dance.mp4`);
  await mkdir(`${folder}/out`);
  await expectFailure(
    folder,
    '100%dance.mp4 -o out/ --factor 2',
    /^softpool: 100%dance\.mp4: a result of this name .*; rename the clip, .*\n$/,
  );
  expect((await runVideo(folder, '100%dance.mp4 -o out/dance.mp4 --factor 2')).status).toBe(0);
});

test('a part that has no length is refused', async () => {
  const folder = await temporaryFolder();
  const { status, stderr } = await runVideo(folder, 'clip.mp4 -o small.mp4 --factor 2 --duration 0:00');
  expect([status, stderr]).toEqual([
    2,
    "softpool: option '--duration <time>' argument '0:00' is invalid. It must be longer than 0 seconds.\n(see softpool video --help)\n",
  ]);
});

test('a clip whose timestamps go back fails', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=10:d=2 straight.mp4');
  await ffmpeg(folder, `-i straight.mp4 -c copy -bsf:v setts=pts='if(gte(N,10),PTS-10000,PTS)':dts='if(gte(N,10),DTS-10000,DTS)' back.mkv`);
  await expectFailure(
    folder,
    'back.mkv -o small.mp4 --factor 2',
    /^softpool: back\.mkv: the video is damaged: its timestamps go back from \d\.\d\d s to \d\.\d\d s\n$/,
  );
});

testFirst(1, [
  ['HLS', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.ts\n#EXT-X-ENDLIST\n'],
  ['concat', "ffconcat version 1.0\nfile 'other.ts'\n"],
  ['DASH', '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period></Period></MPD>'],
])('a playlist (%s) is not followed, whatever it is called', async (_, text) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=25:d=1 other.ts');
  await writeFile(`${folder}/list.mp4`, text);
  await expectFailure(
    folder,
    'list.mp4 -o small.mp4 --factor 2',
    /^softpool: list\.mp4: (?:it is not a container of video; playlists are not followed|ffprobe cannot read it: .*)\n$/,
  );
});

test('without ffmpeg, the error says what to install', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=25:d=1 clip.mp4');
  const missing = /^softpool: clip\.mp4: \S*ffprobe was not found; videos need ffmpeg and ffprobe\. Install them \(Debian .*\n$/;
  await expectFailure(folder, 'clip.mp4 -o small.mp4 --factor 2', missing, { PATH: '/nowhere' });
  await expectFailure(folder, 'clip.mp4 -o small.mp4 --factor 2 --ffmpeg nowhere', missing);
});

testFirst(1, [
  ['decoder', '-i pipe:0', false],
  ['encoder', '-i pipe:0', true],
])('an ffmpeg that dies in the middle fails: the %s', async (_, mark, isEncoder) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=25:d=2 clip.mp4');
  await mkdir(`${folder}/bin`);
  await symlink('/usr/bin/ffprobe', `${folder}/bin/ffprobe`);
  // A program that is killed after a moment, in place of ffmpeg in one of its two roles. One frame
  // is encoded before, into a pipe.
  const isRole = `case "$*" in *"${mark}"*pipe:1) role=other;; *"${mark}"*) role=encoder;; *rawvideo*) role=decoder;; *) role=other;; esac`;
  const dying = 'if [ "$role" = "$dies" ]; then head -c 20000 <&0 >/dev/null 2>&1; kill -9 $$; fi';
  const script = `#!/bin/sh\ndies=${isEncoder ? 'encoder' : 'decoder'}\n${isRole}\n${dying}\nexec /usr/bin/ffmpeg "$@"\n`;
  await writeFile(`${folder}/bin/ffmpeg`, script);
  await chmod(`${folder}/bin/ffmpeg`, 0o755);
  const message = isEncoder ? /ffmpeg was killed while it encoded the video\n$/ : /ffmpeg was killed while it decoded the video\n$/;
  await expectFailure(folder, 'clip.mp4 -o small.mp4 --factor 2 --ffmpeg bin', message);
});

test('a clip that is removed once its result is encoded is done', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=25:d=1 clip.mp4');
  await mkdir(`${folder}/bin`);
  await symlink('/usr/bin/ffprobe', `${folder}/bin/ffprobe`);
  const program = '/usr/bin/ffmpeg "$@"';
  const script = `#!/bin/sh\ncase "$*" in *" -y file:"*) ${program} && rm clip.mp4;; *) exec ${program};; esac\n`;
  await writeFile(`${folder}/bin/ffmpeg`, script);
  await chmod(`${folder}/bin/ffmpeg`, 0o755);
  const { size } = await stat(`${folder}/clip.mp4`);
  const { status, stdout } = await runVideo(folder, 'clip.mp4 -o small.mp4 --factor 2 --ffmpeg bin --json');
  expect([status, JSON.parse(stdout.toString())]).toMatchObject([0, { files: [{ inputBytes: size }], failures: [] }]);
  expect(await filesBelow(folder)).toEqual(['bin/ffmpeg', 'bin/ffprobe', 'small.mp4']);
});

test('an ffmpeg that is killed while it compares is named as killed, not the video as unreadable', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=25:d=1 clip.mp4');
  await mkdir(`${folder}/bin`);
  await symlink('/usr/bin/ffprobe', `${folder}/bin/ffprobe`);
  await writeFile(`${folder}/bin/ffmpeg`, '#!/bin/sh\ncase "$*" in *pipe:3*) kill -9 $$;; esac\nexec /usr/bin/ffmpeg "$@"\n');
  await chmod(`${folder}/bin/ffmpeg`, 0o755);
  await expectFailure(
    folder,
    'clip.mp4 -o sheet.png --factor 2 --compare --ffmpeg bin',
    /ffmpeg was killed while it compared the videos\n$/,
  );
});

testFirst(1, [
  ['reads all and writes nothing', 'cat > /dev/null'],
  ['writes something and reads nothing', 'for path; do :; done; echo x > "$(echo "$path" | cut -c6-)"'],
])('an ffmpeg that %s fails, even if it says that all is well', async (_, script) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=320x240:r=25:d=2 clip.mp4');
  await mkdir(`${folder}/bin`);
  await symlink('/usr/bin/ffprobe', `${folder}/bin/ffprobe`);
  const isEncoder = `case "$*" in *" -y file:"*) ${script}; exit 0;; esac`;
  await writeFile(`${folder}/bin/ffmpeg`, `#!/bin/bash\n${isEncoder}\nexec /usr/bin/ffmpeg "$@"\n`);
  await chmod(`${folder}/bin/ffmpeg`, 0o755);
  const message = /^softpool: clip\.mp4: ffmpeg cannot write the video: it gives no reason\n$/;
  await expectFailure(folder, 'clip.mp4 -o small.mkv --time 2 --ffmpeg bin', message);
});

testFirst(1, ['{}', 'null', '<html>', ''])('an ffprobe that prints %j is named as another program', async (text) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=25:d=0.2 clip.mp4');
  await mkdir(`${folder}/bin`);
  await writeFile(`${folder}/bin/ffprobe`, `#!/bin/sh\necho '${text}'\n`);
  await chmod(`${folder}/bin/ffprobe`, 0o755);
  const message = /^softpool: clip\.mp4: the output of ffprobe cannot be read; install ffmpeg with its ffprobe\n$/;
  await expectFailure(folder, 'clip.mp4 -o small.mkv --factor 2 --ffmpeg bin', message);
});

test('a file that cannot grow, as on a full disk, fails', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=320x240:r=25:d=4 -vf noise=alls=40:allf=t -c:v libx264 -crf 10 clip.mp4');
  await mkdir(`${folder}/bin`);
  await symlink('/usr/bin/ffprobe', `${folder}/bin/ffprobe`);
  await writeFile(`${folder}/bin/ffmpeg`, '#!/bin/sh\ntrap "" XFSZ\nulimit -f 200\nexec /usr/bin/ffmpeg "$@"\n');
  await chmod(`${folder}/bin/ffmpeg`, 0o755);
  for (const extension of ['mkv', 'webm']) {
    // ffmpeg's message names its file, which is hidden until it is complete.
    const message = /^softpool: clip\.mp4: ffmpeg cannot write the video: (?:.* of small\.webm|av_\w+\(\)): File too large\n$/;
    await expectFailure(folder, `clip.mp4 -o small.${extension} --time 2 --crf 5 --ffmpeg bin`, message);
  }
});

test('a file system that is read-only is named as such', { tags: 'long' }, async ({ skip }) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=64x48:r=25:d=0.2 clip.mp4');
  await mkdir(`${folder}/disk`);
  const mount = 'mount -t tmpfs -o ro none disk';
  const run = promisify(execFile);
  const canMount = await run('unshare', ['-m', 'sh', '-c', mount], { cwd: folder }).catch(() => undefined);
  if (canMount === undefined) skip('needs the right to mount');
  const command = [...COMMAND, ...'video clip.mp4 -o disk/new/small.mp4 --factor 2'.split(' ')].join(' ');
  const failed = run('unshare', ['-m', 'sh', '-c', `${mount} && ${command}`], { cwd: folder });
  await expect(failed).rejects.toMatchObject({
    code: 1,
    stderr: 'softpool: clip.mp4: cannot write disk/new/small.mp4: the file system is read-only\n',
  });
});

test('a disk without space fails', async () => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=320x240:r=25:d=2 clip.mp4');
  await symlink('/dev/full', `${folder}/full.mkv`);
  await expectFailure(
    folder,
    'clip.mp4 -o full.mkv --factor 2',
    /^softpool: clip\.mp4: ffmpeg cannot write the video: .*No space left on device\n$/,
  );
});

testFirst(1, ['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('%s in the middle leaves no result and no process', async (signal) => {
  const folder = await temporaryFolder();
  await ffmpeg(folder, '-f lavfi -i testsrc2=s=1280x720:r=25:d=20 -c:v libx264 -preset ultrafast clip.mp4');
  const code = { SIGINT: 130, SIGTERM: 143, SIGKILL: 137 }[signal];
  const { status } = await runVideo(folder, 'clip.mp4 -o small.mp4 --factor 2', {
    onStart: async (child) => {
      while ((await programsIn(folder)).length < 2 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, 300));
      child.kill(signal);
    },
  });
  expect(status).toBe(code);
  for (let i = 0; i < 500 && (await programsIn(folder)).length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await programsIn(folder)).toEqual([]);
  if (signal !== 'SIGKILL') return expect(await filesBelow(folder)).toEqual(['clip.mp4']);
  // kill -9 leaves a hidden file, which the next run removes.
  expect((await filesBelow(folder)).map((name) => name.replace(/^\.softpool-.*\.tmp$/, 'hidden'))).toEqual(['hidden', 'clip.mp4']);
  expect((await runVideo(folder, 'clip.mp4 -o small.mp4 --width 64 --duration 1')).status).toBe(0);
  expect(await filesBelow(folder)).toEqual(['clip.mp4', 'small.mp4']);
});

/** The programs called ffmpeg that work in a folder. */
async function programsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [name, cwd] = await Promise.all([
      readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''),
      readlink(`/proc/${pid}/cwd`).catch(() => ''),
    ]);
    if (name.startsWith('ff') && cwd === folder) found.push(pid);
  }
  return found;
}
