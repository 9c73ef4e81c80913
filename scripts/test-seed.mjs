// The seed of the problems that tests draw.
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

/**
 * A seed from the files of the commit: tests that passed pass again, and the next change draws
 * other problems. Without git, it is another in each run.
 *
 * @param {boolean} isLong Whether it is for `npm run test:long`, which draws problems that
 *   `npm test` does not.
 */
export function testSeed(isLong) {
  const tree = treeOfCommit();
  if (tree === undefined) return randomInt(2 ** 31);
  return Number.parseInt(isLong ? tree.slice(7, 14) : tree.slice(0, 7), 16);
}

/** The hash of the files of the last commit. */
function treeOfCommit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD^{tree}'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}
