// Lists the tests that cannot run here, with reasons. `npm test` prints the list.
import { readdirSync, readFileSync } from 'node:fs';
import { env, platform } from 'node:process';
import { PACKAGES, ROOT } from './packages.mjs';

/** @typedef {'chromium' | 'firefox' | 'webkit'} Browser */

/** The browsers to test in: Playwright's names, separated by commas, or "none". */
export const BROWSERS = /** @type {Browser[]} */ ((env.SOFTPOOL_BROWSERS ?? 'chromium').split(',').filter((name) => name !== 'none'));

/** Tests are recognized by their text, so that new and moved ones are found too. */
const LIMITS = [
  {
    where: ['darwin', 'win32'],
    uses: /\/proc\/|peak-memory|\/dev\/full|terminal\.ts/,
    reason: "they use Linux's /proc, /dev/full or the script command of util-linux",
  },
  {
    where: ['win32'],
    uses: /\bchmod\(|\bsymlink(?:Sync)?\(|'mkfifo'|'SIG[A-Z]+'/,
    reason: 'they use permissions, symbolic links, named pipes or signals of POSIX',
  },
  {
    where: ['win32'],
    uses: /seq 20 \| parallel/,
    reason: 'GNU parallel and Slurm are not for Windows',
  },
  {
    where: ['win32'],
    uses: /startRedis/,
    reason: 'Redis has no server for Windows',
  },
  {
    where: ['firefox', 'webkit'],
    uses: /createGpuSoftPool|openWebGpu|webgpu/,
    reason: "Playwright's build of this browser has no WebGPU",
  },
];

/**
 * The test files that cannot run in a place, with the reason.
 *
 * @param {NodeJS.Platform | Browser} place
 */
export function notRun(place) {
  const limits = LIMITS.filter(({ where }) => where.includes(place));
  const isBrowser = /^(?:chromium|firefox|webkit)$/.test(place);
  const tests = isBrowser ? /\.(?:spec|browser\.test)\.ts$/ : /\.(?:spec|test)\.ts$/;
  return testFiles(tests).flatMap((file) => {
    const text = readFileSync(ROOT + file, 'utf8');
    const limit = limits.find(({ uses }) => uses.test(text));
    return limit === undefined ? [] : [{ file, reason: limit.reason }];
  });
}

/**
 * The test files of all packages.
 *
 * @param {RegExp} name
 */
export function testFiles(name) {
  return PACKAGES.flatMap(({ folder }) => {
    const files = readdirSync(`${ROOT}${folder}/src`, { recursive: true, encoding: 'utf8' });
    return files.filter((file) => name.test(file)).map((file) => `${folder}/src/${file.replaceAll('\\', '/')}`);
  });
}

/** Prints the tests that `npm test` leaves out on this machine. */
export function printNotRun() {
  for (const place of [platform, ...BROWSERS]) {
    for (const { file, reason } of notRun(place)) console.log(`Not run on ${place}: ${file}: ${reason}`);
  }
}
