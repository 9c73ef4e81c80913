/** The versions and the machine of a run, so that its figures can be interpreted. */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';

/** Versions that affect results. With others, a resumed run may differ in the last bits. */
export function versions(): { readonly [name: string]: string } {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return { '@softpool/training': version, '@tensorflow/tfjs-core': tf.version_core, node: process.versions.node, v8: process.versions.v8 };
}

/** The machine. */
export function machine(): { readonly [name: string]: string | number } {
  return {
    platform: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}
