// docs/dependencies.md justifies every dependency, and names no others.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT } from './public-exports.ts';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

const inside = (folder: string): string[] => readdirSync(ROOT + folder).map((name) => `${folder}/${name}`);
const folders = ['.', 'examples/tfjs', ...inside('packages'), ...inside('private')];
const manifests = folders.map((folder): Manifest => JSON.parse(readFileSync(`${ROOT}${folder}/package.json`, 'utf8')));
const ours = manifests.map(({ name }) => name);
const dependencies = manifests.flatMap((manifest) => Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }));

test('docs/dependencies.md has a line for each dependency, and no other', () => {
  const lines = readFileSync(`${ROOT}docs/dependencies.md`, 'utf8').matchAll(/^\| (`.*?`) +\|/gm);
  const justified = Array.from(lines, ([, names]) => (names as string).replaceAll('`', '').split(', ')).flat();
  const used = dependencies.map(([name]) => name).filter((name) => !ours.includes(name));
  expect(justified.sort()).toEqual([...new Set(used)].sort());
});

test('every version is exact', () => {
  expect(dependencies.filter(([, version]) => !/^\d+\.\d+\.\d+(-\d+)?$/.test(version))).toEqual([]);
});
