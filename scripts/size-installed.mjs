// Measures an `npm install` of each package, with its required peers: `npm run size:installed`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installAlone, installedSize } from './install-alone.mjs';
import { npm } from './npm.mjs';
import { PACKAGES, ROOT } from './packages.mjs';

const folder = mkdtempSync(join(tmpdir(), 'softpool-installed-'));
const tarballs = new Map(
  PACKAGES.map(({ folder: source, manifest: { name } }) => {
    const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], { cwd: ROOT + source }));
    return [name, join(folder, filename)];
  }),
);
const rows = PACKAGES.map(({ manifest: { name } }) => {
  const project = join(folder, name);
  installAlone(name, tarballs, project);
  const { megabytes, packages } = installedSize(project);
  return [name, { 'MB (10⁶ bytes)': Number(megabytes.toFixed(1)), packages }];
});
console.table(Object.fromEntries(rows));
rmSync(folder, { recursive: true });
