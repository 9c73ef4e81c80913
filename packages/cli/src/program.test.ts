import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from './program.ts';

const NAMES = [
  'image',
  'video',
  'status',
  'queue',
  'inspect',
  'swap',
  'fold',
  'check',
  'bench',
  'export',
  'models',
  'train',
  'eval',
  'experiment',
  'doctor',
];

/** A command and all below it. */
function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)];
}

test('the program has all commands, or only the one that is asked for', async () => {
  expect((await createProgram()).commands.map((command) => command.name())).toEqual(NAMES);
  expect((await createProgram('swap')).commands.map((command) => command.name())).toEqual(['swap']);
  expect((await createProgram('swop')).commands.map((command) => command.name())).toEqual(NAMES);
});

test('an option with the same name is described alike and takes the same values in every command', async () => {
  const options = all(await createProgram()).flatMap((command) => command.options);
  for (const name of ['json', 'quiet', 'dryRun', 'gradient', 'backend', 'output', 'beta', 'poolWeights'] as const) {
    const same = options.filter((option) => option.attributeName() === name);
    expect(new Set(same.map(({ short }) => short)).size, name).toBe(1);
    expect(new Set(same.map(({ argChoices }) => argChoices?.join())).size, name).toBe(1);
    // Their defaults differ, and so does what is written to --output.
    if (name !== 'output') expect(new Set(same.map(({ description }) => description.replace(/ \(default.*/, ''))).size, name).toBe(1);
  }
});

test('every option has a description: a phrase without an article or a final period', async () => {
  const options = all(await createProgram()).flatMap((command) => command.options);
  const wrong = options.filter(
    ({ description, hidden }) => !hidden && (description === '' || /^(of|the|what|how|which) |\.$/i.test(description)),
  );
  expect(wrong.map(({ flags, description }) => [flags, description])).toEqual([]);
});

test('every help speaks of itself in the same words, and quotes no default', async () => {
  for (const command of all(await createProgram())) {
    const help = command.helpInformation();
    expect(help, command.name()).toContain('print this help');
    expect(help, command.name()).not.toMatch(/display help|default: "/);
  }
});
