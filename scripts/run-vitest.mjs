// Runs Vitest, counts, and names the slowest tests.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { env } from 'node:process';

const OUTPUT = 'test-output';

/**
 * @typedef {object} Run
 * @property {readonly string[]} files Paths of those that ran.
 * @property {number} passed
 * @property {number} failed A file that fails as a whole counts as one failure, and so does a run.
 * @property {{ name: string, milliseconds: number }[]} durations
 */

/**
 * Runs Vitest.
 *
 * @param {string} node
 * @param {string} name Of the file with the results.
 * @param {readonly string[]} args
 * @param {Record<string, string>} [variables]
 * @returns {Run}
 */
export function runVitest(node, name, args, variables = {}) {
  const file = `${OUTPUT}/${name}.json`;
  mkdirSync(OUTPUT, { recursive: true });
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const command = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args];
  const { status } = spawnSync(node, command, { stdio: 'inherit', env: { ...env, ...variables } });
  /** @type {import('vitest/reporters').JsonTestResults} */
  const results = JSON.parse(readFileSync(file, 'utf8'));
  const failedFiles = results.testResults.filter((result) => result.status === 'failed' && result.assertionResults.length === 0);
  const failures = results.numFailedTests + failedFiles.length;
  const durations = results.testResults.flatMap(({ name: path, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName, duration }) => ({ name: `${relative('.', path)}: ${fullName}`, milliseconds: duration ?? 0 })),
  );
  return {
    files: results.testResults.map(({ name: path }) => relative('.', path)),
    passed: results.numPassedTests,
    failed: status === 0 ? failures : Math.max(1, failures),
    durations,
  };
}

/**
 * Runs files of tests. Each that does not run, as in a project that does not have it, is a failure.
 *
 * @param {string} node
 * @param {string} name Of the file with the results.
 * @param {readonly string[]} files The ends of their paths.
 * @param {readonly string[]} args
 * @param {Record<string, string>} variables
 * @returns {Run}
 */
export function runTestFiles(node, name, files, args, variables) {
  const run = runVitest(node, name, [...args, ...files], variables);
  const missing = files.filter((file) => !run.files.some((path) => path.endsWith(file)));
  if (missing.length > 0) console.error(`These files of tests did not run: ${missing.join(', ')}`);
  return { ...run, failed: run.failed + missing.length };
}

/** Removes the totals of an earlier run. Called first, so that a run that ends early has none. */
export function forgetTotals(/** @type {string} */ name) {
  rmSync(`${OUTPUT}/${name}.txt`, { force: true });
}

/**
 * Prints the slowest tests and the totals, writes the totals to a file, and sets the exit code.
 *
 * @param {string} name Of the file.
 * @param {readonly Run[]} runs
 */
export function report(name, runs) {
  const durations = runs.flatMap((run) => run.durations).sort((a, b) => b.milliseconds - a.milliseconds);
  console.log(`The slowest of ${durations.length} tests:`);
  for (const { name, milliseconds } of durations.slice(0, 10)) console.log(`${(milliseconds / 1000).toFixed(1).padStart(7)} s  ${name}`);
  const passed = runs.reduce((sum, run) => sum + run.passed, 0);
  const failed = runs.reduce((sum, run) => sum + run.failed, 0);
  const totals = `${passed} passed, ${failed} failed`;
  writeFileSync(`${OUTPUT}/${name}.txt`, `${totals}\n`);
  console.log(totals);
  process.exitCode = failed === 0 ? 0 : 1;
}
