// What is in the tarballs: all that users need and nothing else, described so that every tool finds it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { describe, expect, inject, test } from 'vitest';

const project = inject('project');
const tarballs = inject('tarballs');

describe.for(tarballs.map((tarball) => [tarball.name, tarball] as const))('%s', ([name, { source, path, files }]) => {
  const built = files.filter((file) => file.startsWith('dist/'));

  test('holds its licence, its description and what was built, and nothing else', () => {
    expect(files.filter((file) => !built.includes(file)).sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(built.filter((file) => !/\.(js|d\.ts)$/.test(file))).toEqual([]);
    expect(built.filter((file) => /\.(test|spec)\.|\/(testing|specification)\//.test(file))).toEqual([]);
  });

  test('holds nothing whose source is gone', () => {
    const sourceOf = (file: string): string => join(source, file.replace('dist/', 'src/').replace(/\.(js|d\.ts)$/, '.ts'));
    expect(built.filter((file) => !existsSync(sourceOf(file)))).toEqual([]);
  });

  test('names no source map that it does not hold', () => {
    const scripts = built.map((file) => readFileSync(join(project, 'node_modules', name, file), 'utf8'));
    expect(scripts.filter((script) => script.includes('sourceMappingURL='))).toEqual([]);
  });

  test('has the licence of the repository', () => {
    expect(readFileSync(join(project, 'node_modules', name, 'LICENSE'), 'utf8')).toBe(readFileSync('LICENSE', 'utf8'));
  });

  test('satisfies publint', async () => {
    const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(path)).buffer }, strict: true });
    expect(messages).toEqual([]);
  });
});

test.for(['softpool', '@softpool/media'])('%s has types that resolve as its code does', (name) => {
  const path = tarballs.find((tarball) => tarball.name === name)?.path ?? '';
  const { status, stdout } = spawnSync('npx', ['attw', path, '--profile', 'esm-only'], { encoding: 'utf8' });
  expect(status, stdout).toBe(0);
});
