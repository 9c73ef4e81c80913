// Fails if the subject of a commit is longer than 72 characters: `npm run commits`. Merges and
// commits older than the rule are not checked.
import { spawnSync } from 'node:child_process';
import { ROOT } from './packages.mjs';

const LONGEST = 72;

/** The last commit before the rule. */
const BEFORE = 'da38dc4';

const args = ['log', '--no-merges', '--format=%h%x09%s', `${BEFORE}..HEAD`];
const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
if (status !== 0) console.log(`Commits were not checked: this clone does not go back to ${BEFORE}.`);
const long = status === 0 ? stdout.split('\n').filter((line) => [...(line.split('\t')[1] ?? '')].length > LONGEST) : [];
for (const line of long) console.error(`More than ${LONGEST} characters: ${line}`);
process.exitCode = long.length === 0 ? 0 : 1;
