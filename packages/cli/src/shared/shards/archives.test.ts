// Jobs on WebDataset archives, as their users run them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { look, noise } from '@softpool/testing/pictures';
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { filesIn, namesIn, writeArchive } from '../../testing/archives.ts';
import { filesBelow, type Result, type RunOptions, runCli, temporaryFolder } from '../../testing/run-cli.ts';
import { sampleKey } from './archive.ts';

const picture = (): Promise<Buffer> => noise(16, 12).jpeg().toBuffer();

function image(folder: string, line: string, options?: RunOptions): Promise<Result> {
  return runCli(folder, ['image', ...line.split(' ')], options);
}

const ledger = (folder: string, shard: string): { key: string; status: string; reason?: string; inputBytes?: number }[] =>
  readFileSync(join(folder, `out/${shard}.ledger.jsonl`), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

// The examples of WebDataset's own documentation of its format, and names without a dot.
test.each([
  ['dir/000017.left.jpg', 'dir/000017'],
  ['000017.cls', '000017'],
  ['./000017.jpg', './000017'],
  ['a.b/c.d.e', 'a.b/c'],
  ['README', 'README'],
  ['dir/.hidden', 'dir/.hidden'],
])('the sample of %s is %s', (name, key) => {
  expect(sampleKey(name)).toBe(key);
});

/** Owner, time and mode of each member, as the system's tar reads them. */
function headersIn(path: string): string[] {
  const words = ['--numeric-owner', '--full-time', '--utc', '-tvf', path];
  return execFileSync('tar', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' '));
}

test.each(['gnu', 'posix'])('modes, owners and times of a %s archive stay, whatever their values', async (format) => {
  const folder = await temporaryFolder();
  const modes = ['0000', '4755'];
  const owners = ['1000:1000', '262143:262144', '1600000000:2097151'];
  const times = ['2024-05-06 07:08:09', '2038-01-19 03:14:08', '2096-10-02 07:06:40', '2242-03-16 12:56:31', '1969-12-31 00:00:00'];
  const expected: string[] = [];
  for (const mode of modes)
    for (const owner of owners)
      for (const time of times) {
        const name = `${expected.length}.txt`;
        writeFileSync(join(folder, name), name);
        const flags = ['-C', folder, '--format', format, '--mode', mode, '--owner', `x:${owner.split(':')[0]}`];
        flags.push('--group', `x:${owner.split(':')[1]}`, '--mtime', `${time} UTC`, name);
        execFileSync('tar', ['-rf', join(folder, 'in.tar'), ...flags]);
        const letters = { '0000': '----------', '4755': '-rwsr-xr-x' }[mode];
        expected.push(`${letters} ${owner.replace(':', '/')} ${name.length} ${time} ${name}`);
      }
  expect((await image(folder, 'in.tar -o out --factor 2')).stderr).toMatch(/^in: 0 done, 30 copied/);
  expect(headersIn(join(folder, 'out/in.tar'))).toEqual(expected);
});

test('a pipe in an archive, which cannot be written, is an error and not an empty file', async () => {
  const folder = await temporaryFolder();
  execFileSync('mkfifo', [join(folder, 'a.pipe')]);
  execFileSync('tar', ['-cf', join(folder, 'in.tar'), '-C', folder, 'a.pipe']);
  const { status, stderr } = await image(folder, 'in.tar -o out --factor 2');
  expect([status, stderr]).toEqual([
    65,
    'softpool: in: in.tar: a.pipe is of a kind that cannot be copied, such as a sparse file or a pipe\n',
  ]);
});

test('braces stand for all archives, as in Bash, and not for the first 100,000', async () => {
  const folder = await temporaryFolder();
  // Of 41 characters each, 4.1 million in all.
  const archives = `${'a'.repeat(30)}-{000000..100001}.tar`;
  const plan = await image(folder, `${archives} -o out --factor 2 --shard 100002/100002 --dry-run`);
  expect([plan.status, plan.stdout.toString()]).toEqual([
    0,
    `${'a'.repeat(30)}-100001: to do, 0 done so far (dry run: nothing was written)\n`,
  ]);
  const many = await image(folder, 'in-{0000000..1000000}.tar -o out --factor 2');
  expect([many.status, many.problems]).toEqual([
    2,
    ['softpool: in-{0000000..1000000}.tar stands for more than 1,000,000 archives; run several jobs'],
  ]);
});

test('an archive that is named twice, with another path, is one shard', async () => {
  const folder = await temporaryFolder();
  writeArchive(join(folder, 'in-1.tar'), [['a.jpg', await picture()]]);
  const { status, stderr } = await image(folder, `in-1.tar ./in-1.tar ${folder}/in-1.tar -o out --factor 2`);
  expect([status, stderr]).toEqual([0, expect.stringMatching(/^in-1: 1 done \(\d+\.\d s\)\n$/)]);
});

test('an archive whose name leaves no space for those of its records is refused', async () => {
  const folder = await temporaryFolder();
  const [fits, tooLong] = [200, 201].map((length) => `${'a'.repeat(length)}.tar`) as [string, string];
  writeArchive(join(folder, fits), [['a.jpg', await picture()]]);
  writeFileSync(join(folder, tooLong), readFileSync(join(folder, fits)));
  expect((await image(folder, `${fits} -o out --factor 2`)).status).toBe(0);
  const { status, problems } = await image(folder, `${tooLong} -o other --factor 2`);
  const most = 'at most 200 bytes before .tar leave space for those of records';
  expect([status, problems, existsSync(join(folder, 'other'))]).toEqual([
    2,
    [`softpool: ${tooLong}: the name is too long; ${most}`],
    false,
  ]);
});

test('a file named .tar is not taken for an archive, and nothing is written beside the output folder', async () => {
  const folder = await temporaryFolder();
  writeArchive(join(folder, '.tar'), [['a.jpg', await picture()]]);
  const { status, problems } = await image(folder, '.tar -o out/ --factor 2');
  expect([status, problems]).toEqual([1, [expect.stringMatching(/^softpool: \.tar: /)]]);
  expect(await filesBelow(folder)).toEqual(['.tar']);
});

test('pictures of samples are reduced, and other members carried along in order', async () => {
  const folder = await temporaryFolder();
  const members: [string, string | Uint8Array][] = [
    ['README', 'about\n'],
    ['./0001.jpg', await picture()],
    ['./0001.json', '{"a":1}'],
    ['./0001.seg.png', await noise(20, 20).png().toBuffer()],
    ['d/0002.txt', 'no picture'],
    ['d/übung-日本.jpg', await picture()],
    [`${'long/'.repeat(30)}${'x'.repeat(90)}.jpg`, await picture()],
    ['0003.bin', Buffer.alloc(700, 7)],
  ];
  writeArchive(join(folder, 'in-7.tar'), members);
  const { status, stderr } = await image(folder, 'in-7.tar -o out --factor 2');
  expect([status, stderr]).toEqual([0, expect.stringMatching(/^in-7: 3 done, 3 copied \(/)]);
  const target = join(folder, 'out/in-7.tar');
  expect(namesIn(target)).toEqual(namesIn(join(folder, 'in-7.tar')));
  const files = filesIn(target);
  for (const name of ['README', '0001.json', 'd/0002.txt', '0003.bin']) {
    const [, content] = members.find(([each]) => each.replace(/^\.\//, '') === name) ?? [];
    expect(files.get(name)?.equals(Buffer.from(content as string))).toBe(true);
  }
  expect(await look(files.get('0001.jpg') as Buffer)).toMatchObject({ width: 8, height: 6 });
  expect(await look(files.get('0001.seg.png') as Buffer)).toMatchObject({ width: 10, height: 10 });
  expect(ledger(folder, 'in-7').map(({ key, status }) => `${key} ${status}`)).toEqual([
    './0001 done',
    '0003 copied',
    'README copied',
    'd/0002 copied',
    'd/übung-日本 done',
    `${'long/'.repeat(30)}${'x'.repeat(90)} done`,
  ]);
});

test('the bytes of a sample in the ledger are those of all its members', async () => {
  const folder = await temporaryFolder();
  const photo = await picture();
  writeArchive(join(folder, 'in.tar'), [
    ['1.jpg', photo],
    ['1.txt', 'x'.repeat(300)],
    ['2.bin', Buffer.alloc(700)],
    ['2.txt', 'x'.repeat(40)],
  ]);
  expect((await image(folder, 'in.tar -o out --factor 2')).status).toBe(0);
  expect(ledger(folder, 'in').map(({ inputBytes }) => inputBytes)).toEqual([photo.length + 300, 740]);
});

test('folders, links, owners, modes and times of members are kept', async () => {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(join(data, '1.jpg'), await picture());
  writeFileSync(join(data, 'a.txt'), 'notes');
  execFileSync('ln', ['-s', 'a.txt', join(data, 'b.txt')]);
  execFileSync('ln', [join(data, 'a.txt'), join(data, 'c.txt')]);
  const options = ['--format=pax', '--owner=ann:1234', '--group=staff:5678', '--mode=640', '--mtime=2001-02-03 04:05:06.25'];
  execFileSync('tar', ['-cf', join(folder, 'in.tar'), '-C', folder, ...options, 'data']);
  expect((await image(folder, 'in.tar -o out --factor 2')).status).toBe(0);
  const listing = (path: string): string => execFileSync('tar', ['--full-time', '-tvf', join(folder, path)], { encoding: 'utf8' });
  const size = /\s\d+(?= 2001)/g;
  expect(listing('out/in.tar').replaceAll(size, '')).toBe(listing('in.tar').replaceAll(size, ''));
  expect(listing('in.tar')).toContain('ann/staff');
});

test('links to pictures, or with the name of one, fail: they would lead to what is not there', async () => {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(join(data, '1.jpg'), await picture());
  writeFileSync(join(data, '1.txt'), 'of 1');
  execFileSync('ln', [join(data, '1.jpg'), join(data, '2.jpg')]);
  for (const [target, name] of [
    ['1.jpg', '3.jpg'],
    ['1.jpg', 'cover'],
    ['1.txt', '4.jpg'],
  ] as const) {
    execFileSync('ln', ['-s', target, join(data, name)]);
  }
  const names = ['1.jpg', '1.txt', '2.jpg', '3.jpg', 'cover', '4.jpg'].map((name) => `data/${name}`);
  execFileSync('tar', ['-cf', join(folder, 'in.tar'), '-C', folder, ...names]);
  const { status, problems } = await image(folder, 'in.tar -o out --factor 2 --format webp');
  const advice = 'archive files (tar --dereference --hard-dereference)';
  expect([status, problems]).toEqual([
    1,
    [
      `softpool: in: data/2: 2.jpg is a link to data/1.jpg; ${advice}`,
      `softpool: in: data/3: 3.jpg is a link to 1.jpg; ${advice}`,
      `softpool: in: data/cover: cover is a link to 1.jpg; ${advice}`,
      `softpool: in: data/4: 4.jpg is a link to 1.txt; ${advice}`,
    ],
  ]);
  expect([...filesIn(join(folder, 'out/in.tar')).keys()].sort()).toEqual(['data/1.txt', 'data/1.webp']);
  // As the message says.
  execFileSync('tar', ['-cf', join(folder, 'files.tar'), '--dereference', '--hard-dereference', '-C', folder, ...names.slice(0, 4)]);
  expect((await image(folder, 'files.tar -o files --factor 2 --format webp')).status).toBe(0);
  expect([...filesIn(join(folder, 'files/files.tar')).keys()].sort()).toEqual(
    ['1.txt', '1.webp', '2.webp', '3.webp'].map((name) => `data/${name}`),
  );
});

test('names and formats: the extension follows --format, and several formats are several members', async () => {
  const folder = await temporaryFolder();
  writeArchive(join(folder, 'in.tar'), [
    ['1.JPG', await picture()],
    ['1.txt', 'x'],
  ]);
  await image(folder, 'in.tar -o out --factor 2 --format webp,jpeg');
  expect(namesIn(join(folder, 'out/in.tar'))).toEqual(['1.webp', '1.JPG', '1.txt']);
});

test('a name that only a PAX header can hold follows --format, too', async () => {
  const folder = await temporaryFolder();
  const name = 'x'.repeat(116);
  writeFileSync(join(folder, `${name}.png`), await noise(16, 12).png().toBuffer());
  execFileSync('tar', ['-cf', join(folder, 'in.tar'), '-C', folder, '--format=pax', `${name}.png`]);
  expect((await image(folder, 'in.tar -o out --factor 2 --format webp')).status).toBe(0);
  expect(namesIn(join(folder, 'out/in.tar'))).toEqual([`${name}.webp`]);
});

test('a sample whose picture fails or is skipped is left out as a whole', async () => {
  const folder = await temporaryFolder();
  writeArchive(join(folder, 'in.tar'), [
    ['1.jpg', 'no picture'],
    ['1.txt', 'of 1'],
    ['2.jpg', await picture()],
    ['2.txt', 'of 2'],
    ['3.jpg', await noise(4, 4).jpeg().toBuffer()],
    ['3.txt', 'of 3'],
    ['2.json', 'again'],
    ['4.jpg', await picture()],
    ['4.png', await noise(16, 12).png().toBuffer()],
  ]);
  const { status, problems } = await image(folder, 'in.tar -o out --width 8 --smaller skip --format webp');
  expect(status).toBe(1);
  expect(problems).toEqual([
    'softpool: in: 1: not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image',
    'softpool: in: 2#2: the archive has another sample of this name before it',
    'softpool: in: 4: two members of the sample would be 4.webp',
  ]);
  expect(namesIn(join(folder, 'out/in.tar'))).toEqual(['2.webp', '2.txt']);
  const { stdout } = await runCli(folder, ['status', 'out']);
  expect(stdout.toString()).toContain('inputs: 1 done, 3 failed, 1 skipped\n');
  expect(stdout.toString()).toContain('complete: each of the 5 inputs is there exactly once');
});

test('--retry-failed does archives again that have failed samples', async () => {
  const folder = await temporaryFolder();
  writeArchive(join(folder, 'in.tar'), [['1.jpg', 'no picture']]);
  expect((await image(folder, 'in.tar -o out --factor 2')).status).toBe(1);
  const { mtimeMs } = statSync(join(folder, 'out/in.tar'));
  expect((await image(folder, 'in.tar -o out --factor 2')).status).toBe(1);
  expect(statSync(join(folder, 'out/in.tar')).mtimeMs).toBe(mtimeMs);
  expect((await image(folder, 'in.tar -o out --factor 2 --retry-failed')).status).toBe(1);
  expect(statSync(join(folder, 'out/in.tar')).mtimeMs).toBeGreaterThan(mtimeMs);
  writeArchive(join(folder, 'in.tar'), [['1.jpg', await noise(300, 300).jpeg().toBuffer()]]);
  // It has another size: it is another archive.
  expect((await image(folder, 'in.tar -o out --factor 2')).status).toBe(0);
});

test('an archive whose source is gone stays done', async () => {
  const folder = await temporaryFolder();
  writeArchive(join(folder, 'in.tar'), [['1.jpg', await picture()]]);
  await image(folder, 'in.tar -o out --factor 2');
  rmSync(join(folder, 'in.tar'));
  const { status, stderr } = await image(folder, 'in.tar -o out --factor 2');
  expect([status, stderr]).toEqual([0, expect.stringMatching(/^in: 1 done/)]);
});

test('an archive that cannot be read any more makes the job incomplete, one that is gone does not', async () => {
  const folder = await temporaryFolder();
  const members: [string, string | Uint8Array][] = [
    ['1.jpg', await picture()],
    ['2.jpg', 'no picture'],
  ];
  writeArchive(join(folder, 'in.tar'), members);
  await image(folder, 'in.tar -o out --factor 2');
  const shards = async () => (await runCli(folder, ['status', 'out'])).stdout.toString().split('\n')[0];
  truncateSync(join(folder, 'in.tar'), 700);
  expect((await image(folder, 'in.tar -o out --factor 2')).status).toBe(65);
  expect(await shards()).toBe('softpool image: 0 of 1 shards done');
  writeArchive(join(folder, 'in.tar'), members);
  expect((await image(folder, 'in.tar -o out --factor 2')).status).toBe(1); // of a sample
  expect(await shards()).toBe('softpool image: 1 of 1 shards done');
  rmSync(join(folder, 'in.tar'));
  expect((await image(folder, 'in.tar -o out --factor 2 --retry-failed')).status).toBe(65);
  expect(await shards()).toBe('softpool image: 1 of 1 shards done');
  expect(existsSync(join(folder, 'out/in.failed.json'))).toBe(true);
  expect((await image(folder, 'in.tar -o out --factor 2')).status).toBe(1);
  expect(existsSync(join(folder, 'out/in.failed.json'))).toBe(false);
});

test('an archive whose output was deleted does not count as done, even if its source is damaged', async () => {
  const folder = await temporaryFolder();
  writeArchive(join(folder, 'in.tar'), [['1.jpg', await picture()]]);
  await image(folder, 'in.tar -o out --factor 2');
  rmSync(join(folder, 'out/in.tar'));
  truncateSync(join(folder, 'in.tar'), 1000);
  expect((await image(folder, 'in.tar -o out --factor 2')).status).toBe(65);
  expect(existsSync(join(folder, 'out/in.done.json'))).toBe(false);
  const { stdout } = await runCli(folder, ['status', 'out']);
  expect(stdout.toString()).toMatch(/^softpool image: 0 of 1 shards done\n/);
});

test('an empty archive is done', async () => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'in.tar'), Buffer.alloc(1024));
  const { status, stderr } = await image(folder, 'in.tar -o out --factor 2');
  expect([status, stderr]).toEqual([0, expect.stringMatching(/^in: 0 done/)]);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['in.done.json', 'in.ledger.jsonl', 'in.tar', 'job.json']);
});

testFirst<[string, (path: string) => void, RegExp]>(2, [
  ['that is missing', (path) => execFileSync('rm', [path]), /no such file or folder/],
  ['that is empty', (path) => truncateSync(path, 0), /the file is empty/],
  ['that is cut off in a member', (path) => truncateSync(path, 1300), /it is cut off, or not a tar archive/],
  ['that is cut off between two members', (path) => truncateSync(path, 2048), /it is cut off, or not a tar archive/],
  [
    'that is compressed',
    (path) => execFileSync('sh', ['-c', `gzip -c ${path} > x.gz && mv x.gz ${path}`], { cwd: join(path, '..') }),
    /it is cut off, or not a tar|too short/,
  ],
  [
    'with a damaged header',
    (path) => execFileSync('sh', ['-c', `printf x | dd of=${path} bs=1 seek=10 conv=notrunc 2>/dev/null`]),
    /it is damaged, or not a tar archive: Invalid tar header/,
  ],
])('an archive %s cannot be used, and others are done', async (_, damage, message) => {
  const folder = await temporaryFolder();
  writeArchive(join(folder, 'in-0.tar'), [
    ['1.txt', 'x'.repeat(400)],
    ['2.txt', 'y'.repeat(400)],
  ]);
  writeArchive(join(folder, 'in-1.tar'), [['1.jpg', await picture()]]);
  damage(join(folder, 'in-0.tar'));
  const { status, problems } = await image(folder, 'in-{0..1}.tar -o out --factor 2');
  expect(status).toBe(65);
  expect(problems).toEqual([expect.stringMatching(new RegExp(`^softpool: in-0: in-0\\.tar: .*${message.source}`))]);
  const visible = (await filesBelow(join(folder, 'out'))).filter((name) => !name.startsWith('.'));
  expect(visible).toEqual(['in-0.failed.json', 'in-1.done.json', 'in-1.ledger.jsonl', 'in-1.tar', 'job.json']);
  expect((await runCli(folder, ['status', 'out'])).stdout.toString()).toContain('not done:\n  in-0: in-0.tar: ');
  writeArchive(join(folder, 'in-0.tar'), [['1.jpg', await picture()]]);
  expect((await image(folder, 'in-{0..1}.tar -o out --factor 2')).status).toBe(0);
  expect(await filesBelow(join(folder, 'out'))).not.toContain('in-0.failed.json');
});

test('of several exit codes, 75 comes before 65, and 65 before 1', async () => {
  const folder = await temporaryFolder();
  writeArchive(join(folder, 'in-0.tar'), [['1.jpg', 'no picture']]);
  writeFileSync(join(folder, 'in-1.tar'), 'no archive');
  writeArchive(join(folder, 'in-2.tar'), [['1.jpg', await picture()]]);
  mkdirSync(join(folder, 'out'));
  const lock = join(folder, 'out/.in-2.lock');
  writeFileSync(lock, JSON.stringify({ process: 1, host: 'another-machine', id: 'theirs' }));
  expect((await image(folder, 'in-{0..2}.tar -o out --factor 2')).status).toBe(75);
  rmSync(lock);
  expect((await image(folder, 'in-{0..2}.tar -o out --factor 2')).status).toBe(65);
});

test('tasks share archives by the numbers in their names, and other archives are refused', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  for (const i of [0, 1, 2, 3]) writeArchive(join(folder, `data-${i}.tar`), [['1.jpg', await picture()]]);
  const pattern = 'data-[0-9].tar';
  expect((await image(folder, `${pattern} -o out --factor 2 --shard 2/2`)).stderr).toMatch(/^data-1: .*\ndata-3: .*\n$/);
  expect((await image(folder, `${pattern} -o out --factor 2 --shards 2`, { env: { JOB_COMPLETION_INDEX: '0' } })).stderr).toMatch(
    /^data-0: .*\ndata-2: .*\n$/,
  );
  expect((await image(folder, `${pattern} -o out --factor 2 --shard 1/3`)).problems[0]).toContain('--shards was 2 and is now 3');
  writeArchive(join(folder, 'data-4.tar'), [['1.txt', '']]);
  expect((await image(folder, `${pattern} -o out --factor 2 --shard 1/2`)).problems[0]).toContain('the archive data-4.tar is new');
  const inArray = await image(folder, `${pattern} -o other --factor 2`, { env: { JOB_COMPLETION_INDEX: '0' } });
  expect([inArray.status, inArray.problems[0]]).toEqual([
    2,
    expect.stringContaining('JOB_COMPLETION_INDEX is set, so this is one task of several'),
  ]);
});

test('folders of archives are kept, and archives of one name are refused', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, name));
    writeArchive(join(folder, name, 'in.tar'), [['1.jpg', await picture()]]);
  }
  expect((await image(folder, '{a,b}/in.tar -o out --factor 2')).status).toBe(0);
  expect((await filesBelow(join(folder, 'out'))).filter((name) => name.endsWith('.tar'))).toEqual(['a/in.tar', 'b/in.tar']);
  const { status, problems } = await image(folder, 'a/in.tar b/in.tar -o other --factor 2');
  expect([status, problems[0]]).toEqual([2, 'softpool: a/in.tar and b/in.tar would both be in in the output folder']);
});

test('an archive that is not an output of the job is not replaced without --force', async () => {
  const folder = await temporaryFolder();
  writeArchive(join(folder, 'in.tar'), [['1.jpg', await picture()]]);
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'out/in.tar'), 'mine');
  const { status, problems } = await image(folder, 'in.tar -o out --factor 2');
  expect([status, problems]).toEqual([2, ['softpool: out/in.tar already exists; use --force to replace it']]);
  expect((await image(folder, 'in.tar -o out --factor 2 --force')).status).toBe(0);
});

test('members larger than memory allows are kept in files, and copied byte by byte', async () => {
  const folder = await temporaryFolder();
  const large = Buffer.alloc(20_000_000, 'softpool');
  writeArchive(join(folder, 'in.tar'), [
    ['1.bin', large],
    ['1.jpg', await picture()],
  ]);
  expect((await image(folder, 'in.tar -o out --factor 2')).status).toBe(0);
  expect(filesIn(join(folder, 'out/in.tar')).get('1.bin')?.equals(large)).toBe(true);
  expect((await filesBelow(join(folder, 'out'))).filter((name) => name.startsWith('.'))).toEqual([]);
});
