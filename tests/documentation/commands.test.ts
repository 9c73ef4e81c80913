// The commands that documents give to developers are there, and find tests. What commands need is
// what doctor says.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { expect, test } from 'vitest';
import { CHECKS } from '../../packages/cli/src/commands/doctor/checks.ts';
import { PACKAGES } from '../../scripts/packages.mjs';
import { ROOT } from './public-exports.ts';

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${ROOT}docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** What follows `start` in the documents, up to the end of the code. */
function commands(start: string): string[] {
  const texts = DOCUMENTS.map((path) => readFileSync(ROOT + path, 'utf8'));
  return texts.flatMap((text) => Array.from(text.matchAll(new RegExp(`${start} ([^\`\n#]+)`, 'g')), ([, rest]) => (rest as string).trim()));
}

test('each script of npm is one of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: Record<string, string> };
  const named = commands('npm run').map((rest) => (/^[\w:-]+/.exec(rest) ?? [''])[0]);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

test('each call of Vitest finds tests', () => {
  const listed = execFileSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'list', '--filesOnly', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const files = JSON.parse(listed) as { file: string; projectName: string }[];
  const findsNone = (line: string): boolean => {
    const args = line.replaceAll("'", '').split(' ');
    const { values, positionals } = parseArgs({ args, options: { project: { type: 'string', default: '*' } }, allowPositionals: true });
    const project = new RegExp(`^${values.project.replaceAll('*', '.*')}$`);
    const paths = files.filter(({ projectName }) => project.test(projectName)).map(({ file }) => file);
    return paths.length === 0 || !positionals.every((part) => paths.some((path) => path.includes(part)));
  };
  const calls = [...commands('npx vitest run'), ...commands('npm test --')];
  expect(calls.length).toBeGreaterThan(5);
  expect(calls.filter(findsNone)).toEqual([]);
});

test('README.md lists the packages of ours that each one needs, to be packed with it', () => {
  const region = (readFileSync(`${ROOT}README.md`, 'utf8').split('region packed')[1] as string).matchAll(/^\| (`.*?`) *\| (.*?) *\|$/gm);
  const words = (cell: string): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, word]) => word as string);
  const listed = Array.from(region, ([, names, needs]) =>
    words(names as string).map((name) => [name, words(needs as string).sort()]),
  ).flat();
  const neededBy = (name: string): string[] => {
    const { dependencies = {} } = PACKAGES.find(({ manifest }) => manifest.name === name)?.manifest ?? {};
    const ours = Object.keys(dependencies).filter((each) => PACKAGES.some(({ manifest }) => manifest.name === each));
    return [...new Set(ours.flatMap((each) => [each, ...neededBy(each)]))];
  };
  const folderOf = (name: string): string => name.replace('@softpool/', '');
  const needed = PACKAGES.map(({ manifest: { name } }) => [name, neededBy(name).map(folderOf).sort()]);
  // Nobody installs it alone: see its README.
  const expected = needed.filter(([name]) => name !== '@softpool/surgery');
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(expected));
});

test('doctor lists each command beside the packages that docs/command.md says it needs', () => {
  const rows = readFileSync(`${ROOT}docs/command.md`, 'utf8').matchAll(/^\| `softpool (\w+).*\| ([^|]*) \|$/gm);
  const needs = Array.from(rows).flatMap(([, command, cell]) =>
    Array.from((cell as string).matchAll(/`(@?[a-z][\w/-]*)`/g), ([, name]) => [command as string, name as string] as const),
  );
  expect(needs.length).toBeGreaterThan(20);
  const neededFor = Object.fromEntries(CHECKS.map((check) => [check.name, check.neededFor.split(/[ ,]+/)]));
  expect(needs.filter(([command, name]) => !neededFor[name]?.includes(command))).toEqual([]);
});
