// The demo: the photographs of the repository, made smaller by 2, 4 and 8 with SoftPool, beside the
// methods it replaces.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const command = resolve(root, 'packages/cli/bin/softpool.js');
const output = 'demo-output';

process.chdir(root);
rmSync(output, { recursive: true, force: true });
mkdirSync(output);
for (const factor of [2, 4, 8]) {
  console.log(`\nDivided by ${factor}:`);
  softpool(['image', 'examples/photographs', '-o', `${output}/by-${factor}/`, '--factor', String(factor), '--compare']);
  softpool(['image', 'examples/photographs', '-o', `${output}/by-${factor}/`, '--factor', String(factor), '--quiet']);
}
console.log(`
The results are in ${output}/by-2, by-4 and by-8:
  *.compare.png   each method beside the original, with an enlarged crop and its figures
  the others      the photographs pooled by SoftPool`);

/** @param {string[]} args */
function softpool(args) {
  const { status } = spawnSync(process.execPath, [command, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
