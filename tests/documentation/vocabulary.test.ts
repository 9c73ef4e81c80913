// docs/vocabulary.md has every flag, and every flag that it has is one.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT } from './public-exports.ts';

const FLAG = /--[a-z][a-z-]*/g;

test('docs/vocabulary.md has the flags of all commands, and no others', () => {
  const lines = readFileSync(`${ROOT}docs/vocabulary.md`, 'utf8').split('\n');
  const stated = lines.filter((line) => line.startsWith('|')).flatMap((line) => line.match(FLAG) ?? []);
  expect([...new Set(stated)].filter((flag) => flag !== '---').sort()).toEqual([...new Set(flagsOf([]))].sort());
});

/** The flags that the help of a command lists, and those of its subcommands. */
function flagsOf(command: readonly string[]): string[] {
  const args = [`${ROOT}packages/cli/dist/main.js`, ...command, '--help'];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const terms = Array.from(stdout.matchAll(/^ {2}(-.*?)(?: {2}|$)/gm), ([, term]) => term as string);
  const [, listed = ''] = /^Commands:\n((?: .*\n)*)/m.exec(stdout) ?? [];
  const subcommands = Array.from(listed.matchAll(/^ {2}([a-z]+)/gm), ([, name]) => name as string);
  const others = subcommands.filter((name) => name !== 'help');
  return [...terms.flatMap((term) => term.match(FLAG) ?? []), ...others.flatMap((name) => flagsOf([...command, name]))];
}
