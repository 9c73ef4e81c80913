// What npm test leaves out, so that it takes minutes: the tests with the tag `long`, all problems
// of the tests with the tag `sampled`, and the specification once more in the newest Node. With
// arguments, which go to Vitest, only what they choose of the tests with these tags.
import { readFileSync } from 'node:fs';
import { arch, argv, execPath, platform, versions } from 'node:process';
import { testFiles } from './not-run.mjs';
import { npm } from './npm.mjs';
import { ROOT } from './packages.mjs';
import { forgetTotals, report, runTestFiles, runVitest } from './run-vitest.mjs';
import { ensureTools } from './tools.mjs';

/** The newest version with long-term support. Raise it when there is a newer one. */
const NEWEST_LTS = '24.21.0';

/** The tags, and what gives them. */
const TAGGED = /tags: '(?:long|sampled)'|testFirst|\bspecify\b/;

const ALL_PROBLEMS = { SOFTPOOL_LONG: '1' };

const args = argv.slice(2);
const isEverything = args.length === 0;

forgetTotals('totals-long');
if (isEverything) ensureTools();
// Other files would only be loaded, to find that they have none of these tests.
const files = testFiles(/\.(?:spec|test)\.ts$/).filter((file) => TAGGED.test(readFileSync(ROOT + file, 'utf8')));
const chosen = isEverything ? files : args;
const runs = [runVitest(execPath, 'tests-long', ['--tags-filter=(long || sampled) && !deep', ...chosen], ALL_PROBLEMS)];
if (isEverything && Number.parseInt(versions.node, 10) < Number.parseInt(NEWEST_LTS, 10)) {
  const newest = fetchNode(NEWEST_LTS);
  console.log(`The specification in Node ${newest.version}, long-term support "${newest.lts}"`);
  // Where the engines differ. Other numbers and large tensors go through the same kernels, and are
  // in the first run.
  const engines = ['threaded-soft-pool.spec.ts', 'float16.test.ts'];
  const parts = ['--project', 'node*', '--testNamePattern', 'Float32Array|Float16|float16'];
  runs.push(runTestFiles(newest.execPath, 'newest-lts', engines, parts, ALL_PROBLEMS));
}
report('totals-long', runs);

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
