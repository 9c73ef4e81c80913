// Finds GNU parallel, which runs an example of docs/shards.md. As root on Debian, it is installed
// if it is missing.
import { spawnSync } from 'node:child_process';
import { platform } from 'node:process';
import { canInstall, install } from './apt.mjs';

/**
 * Installs Debian's parallel if it is missing, or throws an error that says what to install.
 * Windows has none: the test is not run there.
 */
export function ensureParallel() {
  if (platform === 'win32') return;
  if (spawnSync('parallel', ['--version']).stdout?.includes('GNU parallel')) return;
  if (!canInstall())
    throw new Error('An example of docs/shards.md needs GNU parallel: install the package "parallel" (apt-get install parallel).');
  install('parallel', 'for an example of docs/shards.md');
}
