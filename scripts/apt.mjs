// Installs Debian packages that the tests need. Works as root on Debian.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { env, getuid } from 'node:process';

/** Whether `install` works here. */
export function canInstall() {
  return getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/**
 * Installs a package with apt-get.
 *
 * @param {string} name
 * @param {string} purpose - For example "for the browser tests".
 */
export function install(name, purpose) {
  console.log(`Installing the package "${name}" ${purpose}`);
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', name]]) {
    const { status } = spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (status !== 0) throw new Error(`"apt-get ${args.join(' ')}" failed: install the package "${name}" ${purpose}.`);
  }
}
