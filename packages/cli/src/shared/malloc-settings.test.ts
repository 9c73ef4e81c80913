import { mkdir, rm, writeFile } from 'node:fs/promises';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../testing/run-cli.ts';
import { restartWithMallocSettings } from './malloc-settings.ts';

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  await writeFile(`${folder}/enabled`, 'always [madvise] never\n');
  await writeFile(`${folder}/large.jpg`, Buffer.alloc(1024 * 1024));
  await writeFile(`${folder}/small.jpg`, Buffer.alloc(1024 * 1024 - 1));
  await mkdir(`${folder}/in`);
});

/** What `execve` is called with for the words of a command line, in which `D` is the folder. */
function restarted(line: string, about: object = {}): unknown[][] {
  const words = line.split(' ').map((word) => word.replace(/^D/, folder));
  const execve = vi.fn();
  const changed = { execve, argv: ['node', 'softpool', ...words], execArgv: ['--trace-exit'], env: { HOME: '/h' }, ...about };
  for (const [name, value] of Object.entries({ platform: 'linux', connected: undefined, ...changed })) {
    const before = Object.getOwnPropertyDescriptor(process, name);
    Object.defineProperty(process, name, { value, configurable: true, writable: true });
    onTestFinished(() => {
      if (before) Object.defineProperty(process, name, before);
      else Reflect.deleteProperty(process, name);
    });
  }
  restartWithMallocSettings(`${folder}/enabled`);
  return execve.mock.calls;
}

test('a large picture: the same command line starts again, with settings of malloc', () => {
  const args = [process.execPath, '--trace-exit', 'softpool', 'image', `${folder}/large.jpg`, '-o', 'x.jpg'];
  expect(restarted('image D/large.jpg -o x.jpg')).toEqual([
    [process.execPath, args, { HOME: '/h', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1' }],
  ]);
});

test('settings of other parts of glibc are kept', () => {
  const [call] = restarted('image D/large.jpg', { env: { GLIBC_TUNABLES: 'glibc.rtld.nns=2' } });
  expect(call?.[2]).toEqual({ GLIBC_TUNABLES: 'glibc.rtld.nns=2:glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1' });
});

test.each([
  'video D/large.jpg',
  'image D/in',
  'image *.jpg',
  'image a-{1..9}.tar',
  'image D/small.jpg D/large.jpg',
  'queue work',
  'image --files D/small.jpg',
])('a restart for %s', (line) => {
  expect(restarted(line)).toHaveLength(1);
});

test.each(['', '--version', 'image --help', 'image D/small.jpg', 'image missing.jpg', 'swap D/large.jpg', 'queue add D/in'])(
  'nothing for %s',
  (line) => {
    expect(restarted(line)).toEqual([]);
  },
);

test.each([
  ['the settings are there', { env: { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1' } }],
  ['the user has set malloc', { env: { GLIBC_TUNABLES: 'glibc.malloc.check=3' } }],
  ['Node cannot start again', { execve: undefined }],
  ['a program listens to the process', { connected: true }],
  ['the system is not Linux', { platform: 'darwin' }],
  ['Node has been removed', { execPath: '/missing/node' }],
])('nothing where %s', (_, about) => {
  expect(restarted('image D/large.jpg', about)).toEqual([]);
});

test.each(['[always] madvise never', 'always madvise [never]'])('nothing where the system says %s', async (says) => {
  await writeFile(`${folder}/enabled`, `${says}\n`);
  expect(restarted('image D/large.jpg')).toEqual([]);
});

test('nothing where the system has no huge pages', async () => {
  await rm(`${folder}/enabled`);
  expect(restarted('image D/large.jpg')).toEqual([]);
});

test('a name that no file can have is left to the command', () => {
  expect(restarted(`image ${'x'.repeat(5000)}`)).toEqual([]);
});

test('the command goes on where Node refuses', () => {
  const execve = (): never => {
    throw Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' });
  };
  expect(() => restarted('image D/large.jpg', { execve })).not.toThrow();
});
