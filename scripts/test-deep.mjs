// The tests that take too long for every change: the packed packages in bundlers and runtimes, the
// memory of long videos, shards and a queue whose processes are killed, then those of
// `npm run test:long`, the tests with the tag `deep`, those of the command with a process for each
// run, ten times as many problems of the specification on the CPU, twice as many on the GPU, and a
// thousand races for a lock. With arguments, which go to Vitest, only what they choose of
// tests/deep.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { argv, env, execPath } from 'node:process';
import { runTestFiles } from './run-vitest.mjs';
import { ensureTools } from './tools.mjs';

const SPECIFICATIONS = ['index', 'memory', 'reference', 'cpu/threads/threaded-soft-pool'].map(
  (name) => `packages/softpool/src/${name}.spec.ts`,
);
const WEBGPU = 'packages/softpool/src/webgpu.spec.ts';
const TRAINABLE_BETA = 'packages/tfjs/src/trainable-beta.spec.ts';
const RACES = 'packages/training/src/runs/lock-races.test.ts';

const args = argv.slice(2);
ensureTools('chromium', 'ffmpeg', 'redis-server');
const statuses = [vitest(['--config', 'tests/deep/vitest.config.ts', ...args])];
if (args.length === 0) {
  const depth = {
    SOFTPOOL_LONG: '1',
    SOFTPOOL_RUNS: '1000',
    LOCK_RACES: '1000',
    SOFTPOOL_SEED: env.SOFTPOOL_SEED ?? String(randomInt(2 ** 31)),
  };
  statuses.push(run(['scripts/test-long.mjs']));
  statuses.push(vitest(['--tags-filter=deep']));
  statuses.push(vitest(['packages/cli', '--project=node-shared', '--tags-filter=!long && !deep'], { SOFTPOOL_OWN_PROCESS: '1' }));
  console.log(`The specification with ${depth.SOFTPOOL_RUNS} problems a test, from the seed ${depth.SOFTPOOL_SEED}`);
  const runs = [
    runTestFiles(execPath, 'deep', [...SPECIFICATIONS, RACES], ['--project', 'node*'], depth),
    runTestFiles(execPath, 'deep-gpu', [WEBGPU], ['--project', 'node*'], { ...depth, SOFTPOOL_RUNS: '12' }),
    runTestFiles(execPath, 'deep-pages', [TRAINABLE_BETA], ['--project', 'browser*'], depth),
  ];
  statuses.push(...runs.map(({ failed }) => Math.min(failed, 1)));
}
process.exitCode = Math.max(...statuses);

/**
 * @param {readonly string[]} args
 * @param {Record<string, string>} [variables]
 */
function vitest(args, variables) {
  return run(['node_modules/vitest/vitest.mjs', 'run', ...args], variables);
}

/**
 * @param {readonly string[]} args
 * @param {Record<string, string>} [variables]
 */
function run(args, variables = {}) {
  return spawnSync(execPath, args, { stdio: 'inherit', env: { ...env, ...variables } }).status ?? 1;
}
