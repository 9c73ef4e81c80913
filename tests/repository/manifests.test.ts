// Every package is described as the registry and bundlers need it. A new folder in packages/ is
// checked too.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { entriesOf, PACKAGES, ROOT, readManifest, sourceOf } from '../../scripts/packages.mjs';
import { PUBLISHING, UNSET } from '../../scripts/publishing.mjs';

const textOf = (path: string): string => readFileSync(ROOT + path, 'utf8');
const runScript = (...args: string[]) => spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });

test('"npm run metadata" would change nothing', () => {
  expect(runScript('scripts/metadata.mjs', '--check')).toMatchObject({ status: 0, stderr: '' });
});

test('a release is refused while the host and the contacts are unknown, and says which', () => {
  const { status, stderr, stdout } = runScript('scripts/release.mjs', '--dry-run');
  if (UNSET.length === 0) expect({ status, stdout }).toEqual({ status: 0, stdout: 'Ready to release.\n' });
  else expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(`set ${UNSET.join(', ')} in publishing.json`) });
});

test('publishing.json holds addresses', () => {
  for (const [field, value] of Object.entries(PUBLISHING)) {
    if (value !== null) expect(value, field).toMatch(/^(?:(?:git\+)?https:\/\/\S+|[^\s@]+@[^\s@]+)$/);
  }
});

test('all packages share one version, and depend on each other in exactly that version', () => {
  const { version } = PACKAGES[0]?.manifest ?? {};
  const ours = new Set(PACKAGES.map(({ manifest }) => manifest.name));
  for (const { manifest } of PACKAGES) {
    const siblings = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(([name]) => ours.has(name));
    expect([manifest.version, ...siblings.map(([, range]) => range)], manifest.name).toEqual(Array(siblings.length + 1).fill(version));
  }
});

describe.for(PACKAGES.map((package_) => [package_.folder, package_] as const))('%s', ([folder, { manifest }]) => {
  test('is named, described, and found by its keywords', () => {
    expect(manifest.name).toMatch(/^(?:softpool|@softpool\/[a-z]+)$/);
    expect(manifest.description?.length).toBeGreaterThan(30);
    expect(manifest.description?.length).toBeLessThan(160);
    expect(manifest.description).not.toMatch(/\.$/);
    expect(manifest.keywords?.length).toBeGreaterThan(3);
    expect(manifest.keywords).toContain('softpool');
  });

  test('has a README.md, and the license of the repository', () => {
    expect(textOf(`${folder}/README.md`)).toMatch(new RegExp(`^# ${manifest.name}\n`));
    expect(textOf(`${folder}/LICENSE`)).toBe(textOf('LICENSE'));
  });

  test('has entries whose sources are there, types first', () => {
    for (const { entry, source } of entriesOf(manifest)) expect(existsSync(`${ROOT}${folder}/${source}`), entry).toBe(true);
    for (const target of Object.values(manifest.bin ?? {})) expect(existsSync(`${ROOT}${folder}/${sourceOf(target)}`), target).toBe(true);
    for (const target of Object.values(manifest.exports ?? {})) {
      if (typeof target !== 'string') expect(Object.keys(target)).toEqual(['types', 'default']);
    }
    expect(entriesOf(manifest).length + Object.keys(manifest.bin ?? {}).length).toBeGreaterThan(0);
  });

  test('is built, and in the reference if it can be imported', () => {
    expect(JSON.parse(textOf('tsconfig.build.json')).references).toContainEqual({ path: folder });
    if (entriesOf(manifest).length > 0) expect(JSON.parse(textOf('typedoc.json')).entryPoints).toContain(folder);
  });

  test('has peers of others as ranges, and is tested with each peer', () => {
    for (const [name, range] of Object.entries(manifest.peerDependencies ?? {})) {
      if (!PACKAGES.some((sibling) => sibling.manifest.name === name)) expect(range, name).toMatch(/^(?:\^|>=)\d+\.\d+\.\d+$/);
      expect({ ...readManifest('.').devDependencies, ...manifest.devDependencies }, name).toHaveProperty([name]);
    }
    expect(Object.keys(manifest.peerDependencies ?? {})).toEqual(expect.arrayContaining(Object.keys(manifest.peerDependenciesMeta ?? {})));
  });
});
