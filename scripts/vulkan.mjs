// The GPU of the tests where there is none: on Linux the software driver that comes with Chromium.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { env, execPath, platform } from 'node:process';
import { canInstall, install } from './apt.mjs';
import { findChromium } from './chromium.mjs';

/** Vulkan's loader, by which WebGPU in Node comes to a driver. Chromium has one of its own, and so does not bring it. */
const LOADER = 'libvulkan1';

const DRIVER = 'vk_swiftshader_icd.json';

/** Where Debian's Chromium has its files; its command is a script elsewhere. */
const DEBIAN = '/usr/lib/chromium';

/**
 * What the environment needs for WebGPU in Node: a Vulkan driver, if none was chosen by `VK_DRIVER_FILES` or `VK_ICD_FILENAMES`, and a folder that
 * drivers ask for. Nothing where WebGPU does not go by Vulkan.
 *
 * @returns {Record<string, string>}
 */
export function vulkanEnvironment() {
  if (platform !== 'linux') return {};
  const runtime = { XDG_RUNTIME_DIR: env.XDG_RUNTIME_DIR ?? tmpdir() };
  if (env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES) return runtime;
  const chromium = findChromium();
  const folders = [...(chromium ? [dirname(realpathSync(chromium))] : []), DEBIAN];
  const driver = folders.map((folder) => join(folder, DRIVER)).find(existsSync);
  return driver === undefined ? runtime : { ...runtime, VK_ICD_FILENAMES: driver };
}

/** Installs Vulkan's loader if WebGPU in Node finds no GPU without it, or throws an error that says what to install. Chromium must be there. */
export function ensureVulkan() {
  if (platform !== 'linux') return;
  let complaint = askForAdapter();
  if (complaint === undefined) return;
  if (canInstall()) {
    install(LOADER, 'for the tests of WebGPU in Node');
    complaint = askForAdapter();
    if (complaint === undefined) return;
  }
  throw new Error(
    `The tests of WebGPU in Node find no GPU: install Vulkan's loader (apt-get install ${LOADER}) and a Chromium that has ${DRIVER} beside it, or set VK_DRIVER_FILES to the driver of your GPU.\n${complaint}`,
  );
}

/** Asks as the tests do, in a process of its own: what is loaded stays. Gives what it says if there is no adapter. */
function askForAdapter() {
  const program = "const { create } = await import('webgpu'); process.exit((await create([]).requestAdapter()) === null ? 1 : 0);";
  const { status, stderr } = spawnSync(execPath, ['--input-type=module', '--eval', program], {
    env: { ...env, ...vulkanEnvironment() },
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stderr;
}
