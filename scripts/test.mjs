// All tests: in this Node, in browsers with and without cross-origin isolation, and the
// specification once more in the newest Node. With arguments, which go to Vitest, only what they
// choose.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { arch, argv, execPath, platform, version, versions } from 'node:process';
import { ensureChromium } from './chromium.mjs';
import { ensureFfmpeg } from './ffmpeg.mjs';
import { BROWSERS, printNotRun } from './not-run.mjs';
import { npm } from './npm.mjs';
import { ensureOnnxTestdata } from './onnx-testdata.mjs';
import { ensureParallel } from './parallel.mjs';
import { ensureRedis } from './redis.mjs';
import { ensureVulkan } from './vulkan.mjs';

/** The newest version with long-term support. Raise it when there is a newer one. */
const NEWEST_LTS = '24.21.0';

const OUTPUT = 'test-output';
const TOTALS = `${OUTPUT}/totals.txt`;

/** @type {{ name: string, milliseconds: number }[]} */
const durations = [];

const args = argv.slice(2);
const isEverything = args.length === 0;

mkdirSync(OUTPUT, { recursive: true });
rmSync(TOTALS, { force: true });
if (isEverything) {
  ensureChromium();
  ensureFfmpeg();
  ensureOnnxTestdata();
  ensureParallel();
  ensureRedis();
  ensureVulkan();
}

printNotRun();
console.log(`Node ${version}; browsers: ${BROWSERS.join(', ') || 'none'}`);
const runs = [vitest(execPath, 'everything', ...args)];
if (isEverything && Number.parseInt(versions.node, 10) < Number.parseInt(NEWEST_LTS, 10)) {
  const newest = fetchNode(NEWEST_LTS);
  console.log(`The specification in Node ${newest.version}, long-term support "${newest.lts}"`);
  // Where the engines differ. Other numbers and large tensors go through the same kernels, and are
  // in the first run.
  const files = ['threaded-soft-pool.spec.ts', 'float16.test.ts'];
  const run = vitest(newest.execPath, 'newest-lts', '--project', 'node', ...files, '--testNamePattern', 'Float32Array|Float16|float16');
  if (run.files !== files.length) throw new Error(`Node ${newest.version} ran ${run.files} files, not ${files.join(' and ')}`);
  runs.push(run);
}

const passed = runs.reduce((sum, run) => sum + run.passed, 0);
const failed = runs.reduce((sum, run) => sum + run.failed, 0);
const totals = `${passed} passed, ${failed} failed`;
printSlowest();
writeFileSync(TOTALS, `${totals}\n`);
console.log(totals);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Runs Vitest, and counts. A file that fails as a whole counts as one failure, and so does a run.
 *
 * @param {string} node
 * @param {string} name
 * @param {string[]} args
 */
function vitest(node, name, ...args) {
  const file = `${OUTPUT}/${name}.json`;
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], { stdio: 'inherit' });
  /** @type {import('vitest/reporters').JsonTestResults} */
  const results = JSON.parse(readFileSync(file, 'utf8'));
  const failedFiles = results.testResults.filter((result) => result.status === 'failed' && result.assertionResults.length === 0);
  const failures = results.numFailedTests + failedFiles.length;
  for (const { name: path, assertionResults } of results.testResults) {
    for (const { fullName, duration } of assertionResults)
      durations.push({ name: `${relative('.', path)}: ${fullName}`, milliseconds: duration ?? 0 });
  }
  return { files: results.testResults.length, passed: results.numPassedTests, failed: status === 0 ? failures : Math.max(1, failures) };
}

/** Prints the tests that took longest. */
function printSlowest() {
  const slowest = durations.sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 10);
  console.log(`The slowest of ${durations.length} tests:`);
  for (const { name, milliseconds } of slowest) console.log(`${(milliseconds / 1000).toFixed(1).padStart(7)} s  ${name}`);
}

/**
 * Gets a version of Node from the npm packages that hold its binaries. The package `node` would
 * fetch one of them by an install script. As a dependency, it would put itself before the installed
 * Node in every script.
 *
 * @param {string} wanted
 * @returns {{ execPath: string, version: string, lts: string }}
 */
function fetchNode(wanted) {
  const expression = 'JSON.stringify({ execPath: process.execPath, version: process.version, lts: process.release.lts })';
  const system = platform === 'win32' ? 'win' : platform;
  const node = JSON.parse(npm(['exec', '--yes', `--package=node-${system}-${arch}@${wanted}`, '--', 'node', '-p', expression]));
  if (node.version !== `v${wanted}`) throw new Error(`Node ${wanted} was fetched from the npm registry, but ${node.version} ran`);
  if (!node.lts) throw new Error(`Node ${node.version} has no long-term support`);
  return node;
}
