// The programs that tests need. As root on Debian, those that are missing are installed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { env, getuid, platform } from 'node:process';
import { findChromium } from './chromium.mjs';
import { ONNX_TESTDATA } from './onnx-testdata.mjs';
import { complaintOfWebGpu } from './vulkan.mjs';

/**
 * @typedef {object} Tool
 * @property {() => boolean} isThere Also true on systems where its tests are not run.
 * @property {() => string} [error] What needs it, and what to do. None: its tests can be left out.
 */

/** By the names of Debian's packages. */
const TOOLS = /** @satisfies {Record<string, Tool>} */ ({
  chromium: {
    isThere: () => findChromium() !== undefined,
    error: () =>
      'The browser tests need Chromium: run "npx playwright install chromium", install Chromium or Google Chrome, or set CHROMIUM_PATH.',
  },
  ffmpeg: {
    isThere: () => ['ffmpeg', 'ffprobe'].every((program) => spawnSync(program, ['-version']).status === 0),
    error: () => 'The tests on clips need ffmpeg and ffprobe: install the package "ffmpeg" (apt-get install ffmpeg).',
  },
  'libonnx-testdata': { isThere: () => existsSync(ONNX_TESTDATA) },
  libvulkan1: {
    isThere: () => complaintOfWebGpu() === undefined,
    error: () =>
      `The WebGPU tests in Node find no GPU: install Vulkan's loader (apt-get install libvulkan1) and a Chromium with a software driver, or set VK_DRIVER_FILES to the driver of your GPU.\n${complaintOfWebGpu()}`,
  },
  parallel: {
    isThere: () => platform === 'win32' || spawnSync('parallel', ['--version']).stdout?.includes('GNU parallel'),
    error: () => 'An example of docs/shards.md needs GNU parallel: install the package "parallel" (apt-get install parallel).',
  },
  'redis-server': {
    isThere: () => platform === 'win32' || spawnSync('redis-server', ['--version']).status === 0,
    error: () => 'The tests of the queue need redis-server: install the package "redis-server" (apt-get install redis-server).',
  },
});

/** @typedef {keyof typeof TOOLS} ToolName */

/** Installs the tools that are missing, or throws an error that says what to install. */
export function ensureTools(/** @type {readonly ToolName[]} */ ...names) {
  const tools = /** @type {[ToolName, Tool][]} */ (Object.entries(TOOLS)).filter(([name]) => names.length === 0 || names.includes(name));
  const missing = tools.filter(([, { isThere }]) => !isThere());
  if (missing.length === 0) return;
  if (getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install(missing.map(([name]) => name));
  for (const [, { isThere, error }] of missing) if (error !== undefined && !isThere()) throw new Error(error());
}

function install(/** @type {readonly string[]} */ packages) {
  console.log(`Installing the packages ${packages.join(', ')}, which the tests need`);
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const { status } = spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (status !== 0) throw new Error(`"apt-get ${args.join(' ')}" failed: install the packages that the tests need.`);
  }
}
