// The tarballs hold everything that users need and nothing else, and tools find it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { publint } from 'publint';
import { describe, expect, inject, test } from 'vitest';
import { readManifest } from '../../scripts/packages.mjs';

/** "Are the types wrong?", a command. */
const ATTW = 'node_modules/@arethetypeswrong/cli/dist/index.js';

const project = inject('project');
const tarballs = inject('tarballs');

describe.for(tarballs.map((tarball) => [tarball.name, tarball] as const))('%s', ([name, { source, path, files }]) => {
  const installed = join(project, 'node_modules', name);
  const built = files.filter((file) => file.startsWith('dist/'));
  const code = built.filter((file) => !file.endsWith('.wasm'));
  const sources = files.filter((file) => file.startsWith('src/'));

  test('holds the license, the README, the build output and its sources, and nothing else', () => {
    const others = files.filter((file) => !built.includes(file) && !sources.includes(file) && file !== 'CHANGELOG.md');
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(built.filter((file) => !/\.(?:js|d\.ts)(?:\.map)?$/.test(file))).toEqual(name === 'softpool' ? ['dist/kernels.wasm'] : []);
    expect(sources.filter((file) => !file.endsWith('.ts'))).toEqual([]);
    expect([...built, ...sources].filter((file) => /\.(?:test|spec)\.|\/(?:testing|fixtures)\//.test(file))).toEqual([]);
  });

  test('holds no output of a source that was removed', () => {
    const sourceOf = (file: string): string => file.replace('dist/', 'src/').replace(/\.(?:js|d\.ts)(?:\.map)?$/, '.ts');
    expect(code.filter((file) => !existsSync(join(source, sourceOf(file))))).toEqual([]);
  });

  test('has a map for each built file, which names a source in the tarball', () => {
    for (const file of code.filter((each) => !each.endsWith('.map'))) {
      const [, map] = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(join(installed, file), 'utf8')) ?? [];
      expect(map, file).toBe(`${basename(file)}.map`);
      const { sources: named } = JSON.parse(readFileSync(join(installed, `${file}.map`), 'utf8')) as { sources: string[] };
      expect(named, file).toHaveLength(1);
      for (const each of named) expect(sources, file).toContain(posix.join(posix.dirname(file), each));
    }
  });

  test('has the license of the repository', () => {
    expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).toBe(readFileSync('LICENSE', 'utf8'));
  });

  test('satisfies publint', async () => {
    const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(path)).buffer }, strict: true });
    expect(messages).toEqual([]);
  });

  test('has types that resolve as its code does', () => {
    const { exports } = readManifest(source);
    if (Object.values(exports ?? {}).every((target) => typeof target === 'string')) return;
    const { status, stdout } = spawnSync(process.execPath, [ATTW, path, '--profile', 'esm-only', '--exclude-entrypoints', 'kernels.wasm'], {
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
  });
});
