// Packages that are quick to install work alone, so they declare all their dependencies.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { installAlone } from '../../scripts/install-alone.mjs';
import { entriesOf, PACKAGES } from '../../scripts/packages.mjs';

/** Without TensorFlow.js, whose packages take a while. */
const LIGHT = PACKAGES.filter(({ folder }) => /\/(?:softpool|surgery|onnx|media|queue)$/.test(folder));

const tarballs = new Map(inject('tarballs').map(({ name, path }) => [name, path]));
const folder = mkdtempSync(join(tmpdir(), 'softpool-alone-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.for(LIGHT.map(({ manifest }) => [manifest.name, manifest] as const))('%s', ([name, manifest]) => {
  test('has entries that load without any other package', () => {
    const project = join(folder, name);
    const peers = Object.entries(manifest.peerDependencies ?? {}).map(([peer, range]) => `${peer}@${range}`);
    const needsPeer = name === '@softpool/onnx'; // its entry ./tfjs
    installAlone(name, tarballs, project, ...(needsPeer ? peers : []));
    const entries = entriesOf(manifest).map(({ entry }) => name + entry.slice(1));
    const script = `
      for (const entry of ${JSON.stringify(entries)}) await import(entry);
      const { default: manifest } = await import('${name}/package.json', { with: { type: 'json' } });
      console.log(manifest.name);
    `;
    writeFileSync(join(project, 'script.js'), script);
    expect(execFileSync(process.execPath, ['script.js'], { cwd: project, encoding: 'utf8' })).toBe(`${name}\n`);
  });
});
