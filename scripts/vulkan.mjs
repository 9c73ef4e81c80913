// The GPU of the tests where there is none: on Linux the software driver that comes with Chromium.
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { env, platform } from 'node:process';
import { findChromium } from './chromium.mjs';

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
