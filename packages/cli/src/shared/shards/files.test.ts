// Jobs on files, as their users run them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { noise, plain, save } from '@softpool/testing/pictures';
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { image, ledger, outputs, photos } from '../../testing/file-shards.ts';
import { filesBelow, runCli } from '../../testing/run-cli.ts';
import { shardOfKey } from './assignment.ts';

test('each input is done by one shard, with subfolders, and empty shards are done too', async () => {
  const folder = await photos('a.png', 'x/a.png', 'x/y/b.png');
  const found: string[] = [];
  for (let shard = 1; shard <= 8; shard++) {
    const { status, stderr } = await image(folder, `photos -o out --factor 2 --shard ${shard}/8`);
    expect([status, stderr]).toEqual([0, expect.stringMatching(new RegExp(`^0000${shard}: [0-3] done \\(\\d+\\.\\d s\\)\n$`))]);
    found.push(...ledger(folder, `0000${shard}`).map(({ key }) => key));
  }
  expect(found.sort()).toEqual(['a.png', 'x/a.png', 'x/y/b.png']);
  expect(await outputs(folder)).toEqual(['a.png', 'x/a.png', 'x/y/b.png']);
  const { stdout } = await runCli(folder, ['status', 'out']);
  expect(stdout.toString()).toBe(
    'softpool image: 8 of 8 shards done\ninputs: 3 done\ncomplete: each of the 3 inputs is there exactly once\n',
  );
});

test('a picture that is named twice, with another path, is one input', async () => {
  const folder = await photos('a.png');
  writeFileSync(join(folder, 'list.txt'), `photos/a.png\n./photos/a.png\nphotos//a.png\n`);
  expect((await image(folder, '--files list.txt -o out --factor 2 --shard 1/1')).stderr).toMatch(/^00001: 1 done/);
  expect(await outputs(folder)).toEqual(['photos/a.png']);
});

test('run again, a shard does what is missing, and nothing else', async () => {
  const folder = await photos('a.png', 'b.png', 'c.png');
  const run = () => image(folder, 'photos -o out --factor 2 --shard 1/1');
  await run();
  const times = ['a', 'b', 'c'].map((name) => statSync(join(folder, `out/${name}.png`)).mtimeMs);
  rmSync(join(folder, 'out/b.png'));
  await plain(folder, 'photos/d.png', 8, 8);
  expect((await runCli(folder, ['status', 'out'])).stdout.toString()).toContain(
    '00001: outputs of b.png are missing, or have another size',
  );
  expect((await run()).stderr).toMatch(/^00001: 4 done/);
  expect(await outputs(folder)).toEqual(['a.png', 'b.png', 'c.png', 'd.png']);
  expect(['a', 'c'].map((name) => statSync(join(folder, `out/${name}.png`)).mtimeMs)).toEqual([times[0], times[2]]);
});

test('a shard that is done stays as it is, but for what a killed process left behind', async () => {
  const folder = await photos('a.png');
  const run = () => image(folder, 'photos -o out --factor 2 --shard 1/1');
  await run();
  const done = () => readFileSync(join(folder, 'out/00001.done.json'), 'utf8');
  const before = done();
  await run();
  expect(done()).toBe(before);
  // Killed after the done file was written, before the journal was removed.
  writeFileSync(join(folder, 'out/.00001.journal-theirs'), readFileSync(join(folder, 'out/00001.ledger.jsonl')));
  expect((await run()).status).toBe(0);
  expect(readdirSync(join(folder, 'out')).sort()).toEqual(['00001.done.json', '00001.ledger.jsonl', 'a.png', 'job.json']);
});

test('the unfinished files of a killed process are removed by the next', async () => {
  const folder = await photos('a.png');
  mkdirSync(join(folder, 'out/.00001.staging-theirs'), { recursive: true });
  writeFileSync(join(folder, 'out/.00001.staging-theirs/1'), 'half a pic');
  expect((await image(folder, 'photos -o out --factor 2 --shard 1/1')).status).toBe(0);
  expect(readdirSync(join(folder, 'out')).sort()).toEqual(['00001.done.json', '00001.ledger.jsonl', 'a.png', 'job.json']);
});

test('a journal that is removed while the folder is read does not count', async () => {
  const folder = await photos('a.png');
  await image(folder, 'photos -o out --factor 2 --shard 1/1');
  // A name without a file behind it, as its folder was read before.
  for (const name of ['theirs', 'others']) symlinkSync('gone', join(folder, `out/.00001.journal-${name}`));
  const { status, stdout, stderr } = await runCli(folder, ['status', 'out']);
  expect([status, stdout.toString(), stderr]).toEqual([0, expect.stringMatching(/^softpool image: 1 of 1 shards done\n/), '']);
});

test('status reports ledgers with other numbers of inputs than the job', async () => {
  const folder = await photos('a.png', 'b.png');
  await image(folder, 'photos -o out --factor 2 --shard 1/1');
  const path = join(folder, 'out/00001.done.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"count": 2', '"count": 1'));
  const { status, stdout } = await runCli(folder, ['status', 'out']);
  expect([status, stdout.toString()]).toEqual([
    1,
    expect.stringContaining('wrong:\n  the ledgers have 2 inputs, and there were 1\nincomplete'),
  ]);
});

test('inputs that failed are in the ledger, and done again only with --retry-failed', async () => {
  const folder = await photos('a.png');
  writeFileSync(join(folder, 'photos/b.png'), 'no picture');
  const line = 'photos -o out --factor 2 --shard 1/1';
  const first = await image(folder, line);
  expect([first.status, first.problems]).toEqual([1, ['softpool: 00001: b.png: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image']]);
  expect(ledger(folder, '00001')[1]).toMatchObject({
    key: 'b.png',
    status: 'failed',
    reason: 'not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image',
  });
  const status = await runCli(folder, ['status', 'out']);
  expect([status.status, status.stdout.toString()]).toEqual([1, expect.stringContaining('failed:\n  00001: b.png: not a JPEG')]);
  // A picture of the same size, which is not looked at again.
  await plain(folder, 'photos/b.png', 8, 8);
  const picture = readFileSync(join(folder, 'photos/b.png'));
  writeFileSync(join(folder, 'photos/b.png'), Buffer.concat([picture, Buffer.alloc(200)]).subarray(0, 200));
  writeFileSync(join(folder, 'photos/c.png'), Buffer.alloc(200, 'no picture '));
  expect((await image(folder, line)).problems).toHaveLength(1);
  writeFileSync(join(folder, 'photos/c.png'), readFileSync(join(folder, 'photos/b.png')));
  expect((await image(folder, line)).status).toBe(1);
  expect(await outputs(folder)).toEqual(['a.png', 'b.png']);
  expect((await image(folder, `${line} --retry-failed`)).status).toBe(0);
  expect(await outputs(folder)).toEqual(['a.png', 'b.png', 'c.png']);
});

testFirst(1, [
  ['--factor 4 --shard 1/2', '--factor was 2 and is now 4'],
  ['--factor 2 --shard 1/3', '--shards was 2 and is now 3'],
  [
    '--factor 2 --shard 1/2 --pool-weights perChannel --linear',
    '--pool-weights was not given and is now perChannel; --linear was not given and is now true',
  ],
])('%s is refused after other options, by name', async (options, message) => {
  const folder = await photos('a.png');
  await image(folder, 'photos -o out --factor 2 --shard 1/2');
  const { status, problems } = await image(folder, `photos -o out ${options}`);
  expect([status, problems]).toEqual([2, [`softpool: out has a job with other options: ${message}; use the same, or another folder`]]);
});

test('another command is refused in the folder of a job', { tags: 'long' }, async () => {
  const folder = await photos('a.png');
  await image(folder, 'photos -o out --factor 2 --shard 1/2');
  const { status, problems } = await runCli(folder, ['video', 'photos', '-o', 'out', '--factor', '2', '--shard', '1/2']);
  expect([status, problems[0]]).toEqual([2, expect.stringContaining('the command was softpool image and is now softpool video')]);
});

test('limits and paths may change from run to run', { tags: 'long' }, async () => {
  const folder = await photos('a.png');
  await image(folder, 'photos -o out --factor 2 --shard 1/2');
  const { status } = await image(
    folder,
    `${folder}/photos/ -o ${folder}/out/ --factor 2 --shard 2/2 --jobs 1 --memory 10 --timeout 9 --max-pixels 99`,
  );
  expect(status).toBe(0);
});

testFirst(1, [
  [{ JOB_COMPLETION_INDEX: '1' }, 2],
  [{ AWS_BATCH_JOB_ARRAY_INDEX: '0' }, 1],
  [{ SLURM_ARRAY_TASK_ID: '12', SLURM_ARRAY_TASK_MIN: '10', SLURM_ARRAY_TASK_MAX: '12' }, 3],
])('a task of a job array with %j does shard %i', async (env, shard) => {
  const folder = await photos('a.png');
  expect((await image(folder, 'photos -o out --factor 2 --shards 3', { env })).status).toBe(0);
  expect((await filesBelow(join(folder, 'out'))).filter((name) => name.endsWith('.done.json'))).toEqual([`0000${shard}.done.json`]);
});

test('a rerun of some tasks of a Slurm array does their shards, not the first ones', { tags: 'long' }, async () => {
  const folder = await photos('a.png');
  const slurm = (id: string, least: string, most: string) => ({
    SLURM_ARRAY_TASK_ID: id,
    SLURM_ARRAY_TASK_MIN: least,
    SLURM_ARRAY_TASK_MAX: most,
  });
  const line = 'photos -o out --factor 2 --shards 4';
  expect((await image(folder, line, { env: slurm('2', '2', '3') })).problems[0]).toContain('run the whole array first');
  await image(folder, line, { env: slurm('0', '0', '3') });
  await image(folder, line, { env: slurm('2', '2', '3') });
  expect((await filesBelow(join(folder, 'out'))).filter((name) => name.endsWith('.done.json'))).toEqual([
    '00001.done.json',
    '00003.done.json',
  ]);
});

test('files that are not outputs of the job are not replaced without --force', async () => {
  const folder = await photos('a.png');
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'out/a.png'), 'mine');
  const line = 'photos -o out --factor 2 --shard 1/1';
  expect((await image(folder, line)).problems).toEqual(['softpool: 00001: a.png: out/a.png already exists; use --force to replace it']);
  expect(readFileSync(join(folder, 'out/a.png'), 'utf8')).toBe('mine');
  expect((await image(folder, `${line} --retry-failed --force`)).status).toBe(0);
  expect(readFileSync(join(folder, 'out/a.png')).length).toBeGreaterThan(10);
});

test.each([
  ['a process of this machine that runs', process.pid, hostname(), 75],
  ['a process of this machine that ended', 999_999_999, hostname(), 0],
  ['a process of another machine', 1, 'another-machine', 75],
])('a shard with the lock of %s (%i of %s) ends with %i', async (_, pid, host, code) => {
  const folder = await photos('a.png');
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'out/.00001.lock'), JSON.stringify({ process: pid, host, id: 'theirs' }));
  const { status, stderr } = await image(folder, 'photos -o out --factor 2 --shard 1/1');
  expect(status).toBe(code);
  if (code === 75) expect(stderr).toBe(`softpool: 00001: process ${pid} of ${host} works on out/00001; try again later\n`);
});

test('a shard whose inputs are not all known cannot be used', async () => {
  const folder = await photos('a.png');
  const { status, problems } = await image(folder, 'photos missing -o out --factor 2 --shard 1/1');
  expect([status, problems]).toEqual([65, ['softpool: 00001: missing: no such file or folder']]);
  const { stdout } = await runCli(folder, ['status', 'out']);
  expect(stdout.toString()).toContain('not done:\n  00001: missing: no such file or folder\nincomplete: run it again\n');
});

test('inputs come from patterns that no shell expands, and from lists', { tags: 'long' }, async () => {
  const folder = await photos('a.png', 'x/b.png', 'x/c.jpg.txt');
  writeFileSync(join(folder, 'list.txt'), 'photos/a.png\r\n./photos/x/b.png\nphotos/none.png\n');
  expect((await image(folder, 'photos/**/*.png -o out --factor 2 --shard 1/1')).status).toBe(0);
  expect(await outputs(folder)).toEqual(['a.png', 'x/b.png']);
  rmSync(join(folder, 'out'), { recursive: true });
  const listed = await image(folder, '--files list.txt -o out --factor 2 --shard 1/1');
  expect([listed.status, listed.problems]).toEqual([1, ['softpool: 00001: photos/none.png: no such file or folder']]);
  expect(await outputs(folder)).toEqual(['photos/a.png', 'photos/x/b.png']);
  rmSync(join(folder, 'out'), { recursive: true });
  const stdin = Buffer.from('photos/a.png\0photos/x/b.png\0');
  expect((await image(folder, '--files - -o out --factor 2 --shard 1/1', { stdin })).status).toBe(0);
  expect(await outputs(folder)).toEqual(['photos/a.png', 'photos/x/b.png']);
});

test.each(['', '--shard 1/1'])('a listed name that is not UTF-8 is reported as that %s', async (flags) => {
  const folder = await photos('a.png');
  renameSync(join(folder, 'photos/a.png'), Buffer.from(`${folder}/caf\xe9.png`, 'latin1'));
  const stdin = Buffer.from('caf\xe9.png\n', 'latin1');
  const { status, problems } = await image(folder, `--files - -o out --factor 2 ${flags}`.trim(), { stdin });
  expect([status, problems]).toEqual([
    1,
    [expect.stringMatching(/^softpool: (00001: )?caf\ufffd\.png: its name is not valid UTF-8; rename it$/)],
  ]);
});

test('a file that a list names twice is one input', async () => {
  const folder = await photos('a.png');
  writeFileSync(join(folder, 'list.txt'), 'photos/a.png\nphotos/a.png\n');
  const { status, stderr } = await image(folder, '--files list.txt -o out --factor 2 --shard 1/1');
  expect([status, stderr]).toEqual([0, expect.stringMatching(/^00001: 1 done \(/)]);
});

test.each(['', '--shard 1/1'])('a list with a byte order mark, a folder and a file that is called - %s', async (flags) => {
  const folder = await photos('a.png', '-');
  for (const command of ['image', 'video']) {
    writeFileSync(join(folder, 'list.txt'), 'photos/a.png\r\n-\r\n');
    const refused = await runCli(folder, [command, ...`--files list.txt -o out/ --factor 2 ${flags}`.trim().split(' ')]);
    const message = '--files list.txt names standard input (-), not a file; write ./- for a file of this name';
    expect([refused.status, refused.problems]).toEqual([2, [`softpool: ${message}`]]);
  }
  renameSync(join(folder, 'photos/-'), join(folder, '-'));
  writeFileSync(join(folder, 'list.txt'), '\ufeffphotos/a.png\r\nphotos\r\n./-\r\n');
  const { status, problems } = await image(folder, `--files list.txt -o out/ --factor 2 --format png ${flags}`.trim());
  expect([status, problems]).toEqual([1, [expect.stringMatching(/^softpool: (00001: )?photos: is a folder, not a file$/)]]);
  expect(await outputs(folder)).toEqual(['-.png', 'photos/a.png']);
});

test('a list works without shards, too', async () => {
  const folder = await photos('a.png', 'x/b.png');
  const { status } = await image(folder, '--files - -o out --factor 2', { stdin: Buffer.from('photos/a.png\nphotos/x/b.png\n') });
  expect(status).toBe(0);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['photos/a.png', 'photos/x/b.png']);
});

test('names by a template, and several formats', { tags: 'long' }, async () => {
  const folder = await photos('a.png', 'x/b.png');
  const args = ['image', 'photos', '-o', 'out/{dir}/{name}-{width}.{ext}', '--factor', '2', '--format', 'png,webp', '--shard', '1/1'];
  expect((await runCli(folder, args)).status).toBe(0);
  const files = (await filesBelow(join(folder, 'out'))).filter((name) => !name.includes('json'));
  expect(files).toEqual(['a-4.png', 'a-4.webp', 'x/b-4.png', 'x/b-4.webp']);
  expect((await runCli(folder, ['status', 'out'])).status).toBe(0);
});

test('two inputs with one output are refused, whichever shards they belong to', async () => {
  const folder = await photos('a.png');
  await save(noise(8, 8), folder, 'photos/a.webp');
  const { status, problems } = await image(folder, 'photos -o out --factor 2 --format webp --shard 1/5');
  expect([status, problems]).toEqual([2, ['softpool: photos/a.png and photos/a.webp would both be written to out/a.webp']]);
  // Nothing was recorded: other options can be given.
  expect((await image(folder, 'photos -o out --factor 2 --shard 1/5')).status).toBe(0);
});

test('a dry run says how far shards are, and writes nothing', async () => {
  const folder = await photos('a.png');
  const before = await filesBelow(folder);
  const { status, stdout } = await image(folder, 'photos -o out --factor 2 --shard 1/1 --dry-run');
  expect([status, stdout.toString()]).toEqual([0, '00001: to do, 0 done so far (dry run: nothing was written)\n']);
  const json = await image(folder, 'photos -o out --factor 2 --shard 1/1 --dry-run --json');
  const counts = { done: 0, failed: 0, skipped: 0, copied: 0 };
  expect(JSON.parse(json.stdout.toString())).toEqual({ dryRun: true, shards: [{ shard: '00001', isDone: false, counts }] });
  expect(await filesBelow(folder)).toEqual(before);
});

testFirst(2, [
  ['photos -o out/{x} --factor 2 --shard 1/2', '-o out/{x}: unknown field {x}; use {name}'],
  ['photos --factor 2 --shard 1/2', 'missing output: shards need a folder, such as -o out/'],
  [
    'photos -o out --factor 2 --shard 3/2',
    "option '--shard <I/N>' argument '3/2' is invalid. It must be I/N with I from 1 to N, such as 3/16.",
  ],
  ['photos -o out --factor 2 --shards 2', '--shards 2 needs the index of this task in JOB_COMPLETION_INDEX'],
  ['photos -o out --factor 2 --retry-failed', 'missing number of shards: give --shard I/N, or --shards N in a job array'],
  ['photos -o out --factor 2 --shard 1/2 --skip-existing', '--skip-existing is not for shards'],
  ['- -o out --factor 2 --shard 1/2', 'shards cannot use standard input or output'],
  ['photos in.tar -o out --factor 2', 'in.tar is an archive and photos is not; run them as two jobs'],
  ['photos -o out.jpg --factor 2 --shard 1/2', '-o out.jpg is a file; several inputs need a folder'],
  ['in.tar -o out.jpg --factor 2', '-o out.jpg is a file; several inputs need a folder'],
  ['--files none.txt -o out --factor 2', '--files none.txt: no such file or folder'],
])('%s is refused', async (line, message) => {
  const folder = await photos('a.png');
  const { status, problems } = await image(folder, line);
  expect([status, problems[0]]).toEqual([2, expect.stringContaining(`softpool: ${message}`)]);
  expect(await filesBelow(folder)).toEqual(['photos/a.png']);
});

test('shards that saw the same names in the two forms of Unicode fit together', async () => {
  const folder = await photos('caf\u00e9.png', 'b.png');
  const own = shardOfKey('caf\u00e9.png', 2);
  await image(folder, `photos -o out --factor 2 --shard ${own}/2`);
  renameSync(join(folder, 'photos/caf\u00e9.png'), join(folder, 'photos/cafe\u0301.png'));
  await image(folder, `photos -o out --factor 2 --shard ${3 - own}/2`);
  expect((await runCli(folder, ['status', 'out'])).status).toBe(0);
});

testFirst(1, [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s ends a shard with %i, without a lock or half a file; run again, it is done', async (signal, code) => {
  const folder = await photos('a.png');
  execFileSync('mkfifo', [join(folder, 'pipe.png')]); // reading it waits until the signal
  writeFileSync(join(folder, 'list.txt'), 'photos/a.png\npipe.png\n');
  const line = '--files list.txt -o out --factor 2 --shard 1/1 --jobs 1';
  const { status } = await image(folder, line, {
    onStart: (child) => {
      const timer = setInterval(() => {
        if (!existsSync(join(folder, 'out/photos/a.png'))) return;
        clearInterval(timer);
        child.kill(signal);
      }, 5);
      child.once('exit', () => clearInterval(timer));
    },
  });
  expect(status).toBe(code);
  const left = await filesBelow(join(folder, 'out'));
  expect(left.filter((name) => !/^\.00001\.journal-/.test(name))).toEqual(['job.json', 'photos/a.png']);
  rmSync(join(folder, 'pipe.png'));
  await plain(folder, 'pipe.png', 8, 8);
  expect((await image(folder, line)).status).toBe(0);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['00001.done.json', '00001.ledger.jsonl', 'job.json', 'photos/a.png', 'pipe.png']);
});
