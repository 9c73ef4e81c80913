// Changesets are well formed, and describe the first release of each package.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { PACKAGES, ROOT } from '../../scripts/packages.mjs';

const FOLDER = `${ROOT}.changeset/`;
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.md') && name !== 'README.md');
const changesets = files.map((name) => {
  const [, header = '', summary = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(readFileSync(FOLDER + name, 'utf8')) ?? [];
  return { name, bumps: parse(header) as Record<string, string>, summary: summary.trim() };
});
const names = PACKAGES.map(({ manifest }) => manifest.name);

test('every changeset names existing packages and says what changed', () => {
  for (const { name, bumps, summary } of changesets) {
    expect(names, name).toEqual(expect.arrayContaining(Object.keys(bumps)));
    expect(['patch', 'minor', 'major'], name).toEqual(expect.arrayContaining(Object.values(bumps)));
    expect(summary.length, name).toBeGreaterThan(20);
  }
});

test('every package without a changelog has a changeset', () => {
  const described = new Set(changesets.flatMap(({ bumps }) => Object.keys(bumps)));
  const unreleased = PACKAGES.filter(({ folder }) => !existsSync(`${ROOT}${folder}/CHANGELOG.md`));
  expect(unreleased.map(({ manifest }) => manifest.name).filter((name) => !described.has(name))).toEqual([]);
});
