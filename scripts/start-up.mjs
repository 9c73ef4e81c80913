// How much processor time the command takes to start, beyond that of Node alone: the least of many
// runs, in milliseconds. Build first.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RUNS = 20;
const MAIN = 'packages/cli/bin/softpool.js';
const TELL = `import{writeSync}from'node:fs';process.on('exit',()=>{const{user,system}=process.cpuUsage();writeSync(3,String(user+system))})`;
const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(TELL)}`;

const folder = mkdtempSync(join(tmpdir(), 'softpool-start-'));
const image = ['image', 'examples/photographs/chelsea.png', '--output', join(folder, 'x.png'), '--factor', '4', '--force'];
/** An image that its header refuses: the command has loaded all that it needs, and does no work. */
const refused = [...image, '--max-pixels', '1'];

/**
 * Processor time of the fastest run.
 *
 * @param {string[]} args
 */
function least(args) {
  const times = Array.from({ length: RUNS }, () => {
    const { output } = spawnSync(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_OPTIONS },
    });
    return Number(output[3]) / 1000;
  });
  return Math.min(...times);
}

const node = least(['--eval', '0']);
console.log(`node --eval 0: ${node.toFixed(0)} ms; more than that:`);
const cases = /** @type {[string, string[], number][]} */ ([
  ['softpool --version', ['--version'], 150],
  ['softpool --help', ['--help'], 150],
  ['softpool image --help', ['image', '--help'], 150],
  ['softpool image, up to its first file', refused, 250],
]);
for (const [name, args, target] of cases) {
  console.log(`${name}: ${(least([MAIN, ...args]) - node).toFixed(0)} ms (at most ${target})`);
}
rmSync(folder, { recursive: true });
