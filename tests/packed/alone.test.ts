// Packages that are quick to install work alone, so they declare all their dependencies.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { installAlone, installedSize } from '../../scripts/install-alone.mjs';
import { entriesOf, PACKAGES } from '../../scripts/packages.mjs';

/** Without TensorFlow.js, whose packages take a while. */
const LIGHT = PACKAGES.filter(({ folder }) => /\/(?:softpool|surgery|onnx|media|queue)$/.test(folder));

/** Megabytes that "softpool image" may take, sharp included. */
const LIMIT_OF_COMMAND = 40;

const tarballs = new Map(inject('tarballs').map(({ name, path }) => [name, path]));
const folder = mkdtempSync(join(tmpdir(), 'softpool-alone-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.for(LIGHT.map(({ manifest }) => [manifest.name, manifest] as const))('%s', ([name, manifest]) => {
  test('has entries that load without any other package', () => {
    const project = join(folder, name);
    const peers = Object.entries(manifest.peerDependencies ?? {}).map(([peer, range]) => `${peer}@${range}`);
    const needsPeer = name === '@softpool/onnx'; // its entry ./tfjs
    installAlone(name, tarballs, project, ...(needsPeer ? peers : []));
    // The entry ./mediabunny needs an optional peer, for browsers; pages test it.
    const entries = entriesOf(manifest).flatMap(({ entry }) => (entry === './mediabunny' ? [] : [name + entry.slice(1)]));
    const script = `
      for (const entry of ${JSON.stringify(entries)}) await import(entry);
      const { default: manifest } = await import('${name}/package.json', { with: { type: 'json' } });
      console.log(manifest.name);
    `;
    writeFileSync(join(project, 'script.js'), script);
    expect(execFileSync(process.execPath, ['script.js'], { cwd: project, encoding: 'utf8' })).toBe(`${name}\n`);
  });
});

test(`the command shrinks a picture when it is installed alone, in at most ${LIMIT_OF_COMMAND} MB`, () => {
  const project = join(folder, 'command');
  installAlone('@softpool/cli', tarballs, project);
  cpSync('examples/photographs/chelsea.png', join(project, 'chelsea.png'));
  const command = join(project, 'node_modules/@softpool/cli/bin/softpool.js');
  execFileSync(process.execPath, [command, 'image', 'chelsea.png', '-o', 'small.png', '--factor', '4', '--quiet'], { cwd: project });
  expect(installedSize(project).megabytes).toBeLessThan(LIMIT_OF_COMMAND);
});
