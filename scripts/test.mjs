// The tests, in minutes: in this Node, and in browsers with and without cross-origin isolation.
// test-long.mjs and test-deep.mjs run the others. With arguments, which go to Vitest, only what
// they choose.
import { argv, execPath, version } from 'node:process';
import { BROWSERS, printNotRun } from './not-run.mjs';
import { forgetTotals, report, runVitest } from './run-vitest.mjs';
import { ensureTools } from './tools.mjs';

const args = argv.slice(2);
forgetTotals('totals');
if (args.length === 0) ensureTools();
printNotRun();
console.log(`Node ${version}; browsers: ${BROWSERS.join(', ') || 'none'}`);
report('totals', [runVitest(execPath, 'tests', ['--tags-filter=!long && !deep', ...args])]);
