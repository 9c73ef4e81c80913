// Publishes the packages whose version is not on the registry yet: `npm run release`, from the
// release workflow. With --dry-run, it only says whether it could.
import { spawnSync } from 'node:child_process';
import { argv, execPath, exit } from 'node:process';
import { ROOT } from './packages.mjs';
import { UNSET } from './publishing.mjs';

if (UNSET.length > 0) {
  console.error(`Cannot release: set ${UNSET.join(', ')} in publishing.json, then run "npm run metadata" and commit.`);
  exit(1);
}
run('scripts/metadata.mjs', '--check');
if (argv.includes('--dry-run')) {
  console.log('Ready to release.');
} else {
  run('node_modules/@changesets/cli/bin.js', 'publish');
}

/**
 * Runs a script with Node. If it fails, exits with its status.
 *
 * @param {string} script
 * @param {string[]} args
 */
function run(script, ...args) {
  const { status } = spawnSync(execPath, [ROOT + script, ...args], { stdio: 'inherit', cwd: ROOT });
  if (status !== 0) exit(status ?? 1);
}
