// A GPU for the tests on machines without one: on Linux, Chromium's software driver.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { env, execPath, platform } from 'node:process';
import { findChromium } from './chromium.mjs';

const DRIVER = 'vk_swiftshader_icd.json';

/** The files of Debian's Chromium. Its command is a script elsewhere. */
const DEBIAN = '/usr/lib/chromium';

/**
 * The environment variables that WebGPU in Node needs: a Vulkan driver, unless `VK_DRIVER_FILES` or
 * `VK_ICD_FILENAMES` names one, and a folder that drivers ask for. Empty where WebGPU does not use
 * Vulkan.
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

/**
 * Asks for a GPU as the tests do, in another process, because a loaded driver stays loaded. Returns
 * the error output if there is none. Node needs Vulkan's loader (libvulkan1), which Debian's
 * Chromium does not depend on because it has its own.
 */
export function complaintOfWebGpu() {
  if (platform !== 'linux') return undefined;
  const program = "const { create } = await import('webgpu'); process.exit((await create([]).requestAdapter()) === null ? 1 : 0);";
  const { status, stderr } = spawnSync(execPath, ['--input-type=module', '--eval', program], {
    env: { ...env, ...vulkanEnvironment() },
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stderr;
}
