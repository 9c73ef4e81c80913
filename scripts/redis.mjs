// Finds redis-server, which the tests of the queue start. As root on Debian, it is installed if it
// is missing.
import { spawnSync } from 'node:child_process';
import { platform } from 'node:process';
import { canInstall, install } from './apt.mjs';

/**
 * Installs Debian's redis-server if it is missing, or throws an error that says what to install.
 * Windows has none: the tests are not run there.
 */
export function ensureRedis() {
  if (platform === 'win32') return;
  if (spawnSync('redis-server', ['--version']).status === 0) return;
  if (!canInstall()) {
    throw new Error('The tests of the queue need redis-server: install the package "redis-server" (apt-get install redis-server).');
  }
  install('redis-server', 'for the tests of the queue');
}
