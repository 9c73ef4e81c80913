// docs/vocabulary.md has every flag, and every flag that it has is one.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createProgram } from '../../packages/cli/src/program.ts';
import { ROOT } from './public-exports.ts';

const FLAG = /--[a-z][a-z-]*/g;

test('docs/vocabulary.md has the flags of all commands, and no others', async () => {
  const lines = readFileSync(`${ROOT}docs/vocabulary.md`, 'utf8').split('\n');
  const stated = lines.filter((line) => line.startsWith('|')).flatMap((line) => line.match(FLAG) ?? []);
  expect([...new Set(stated)].filter((flag) => flag !== '---').sort()).toEqual([...new Set(flagsOf(await createProgram()))].sort());
});

/** The flags that the help of a command lists, and those of its subcommands. */
function flagsOf(command: Awaited<ReturnType<typeof createProgram>>): string[] {
  const terms = Array.from(command.helpInformation().matchAll(/^ {2}(-.*?)(?: {2}|$)/gm), ([, term]) => term as string);
  return [...terms.flatMap((term) => term.match(FLAG) ?? []), ...command.commands.flatMap(flagsOf)];
}
