/** What `softpool doctor` checks. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installCommand } from '../../shared/install-command.ts';
import { isInstalled } from '../../shared/packages.ts';
import { oneLine } from '../../shared/text.ts';
import { versionOf } from './package-version.ts';
import { isAtLeast } from './versions.ts';

/** One thing to check. */
export interface Check {
  readonly name: string;
  readonly neededFor: string;
  /** Whether nothing works without it. */
  readonly isRequired?: true;
  find(): Promise<Finding>;
}

/** What was found. */
export interface Finding {
  readonly isOk: boolean;
  /** A version or another property, or why it is missing. */
  readonly found: string;
  /** What to do, if it is missing. */
  readonly remedy?: string;
}

/** All checks, in the order of the report. */
export const CHECKS: readonly Check[] = [
  {
    name: 'Node.js',
    neededFor: 'all commands',
    isRequired: true,
    find: async () => findNode(process.version),
  },
  ...['@softpool/cli', 'softpool'].map((name): Check => ({ ...packageCheck(name, 'all commands'), isRequired: true })),
  { name: 'SoftPool', neededFor: 'all commands', isRequired: true, find: () => attempt(pool, installCommand(['softpool'])) },
  { name: 'WebAssembly SIMD', neededFor: 'speed', find: findSimd },
  {
    name: 'threads',
    neededFor: 'speed',
    find: () => attempt(poolOnThreads, 'SoftPool runs without them, on one thread; allow worker threads and shared memory'),
  },
  { name: 'WebGPU', neededFor: 'softpool/webgpu, --backend webgpu', find: findWebGpu },
  packageCheck('@softpool/media', 'image, video, check and bench with --images'),
  packageCheck('sharp', 'image, check and bench with --images'),
  packageCheck('dejavu-fonts-ttf', 'image --compare, video --compare'),
  packageCheck('@softpool/surgery', 'inspect, swap'),
  packageCheck('@softpool/onnx', 'inspect, swap, fold, check and bench of ONNX, export'),
  packageCheck('onnxruntime-node', 'check and bench of ONNX, eval'),
  packageCheck('@softpool/tfjs', 'models, export, and inspect, swap, check and bench of TensorFlow.js'),
  ...['core', 'layers', 'backend-cpu', 'backend-wasm'].map((part) => packageCheck(`@tensorflow/tfjs-${part}`, 'all work on TensorFlow.js')),
  packageCheck('@tensorflow/tfjs-backend-webgpu', 'train, eval and experiment with --backend webgpu'),
  packageCheck('@tensorflow/tfjs-converter', 'check and bench of graph models'),
  packageCheck('@softpool/models', 'models, train, eval, experiment, export, and inspect, swap, check and bench of runs'),
  packageCheck('@softpool/training', 'train, eval, experiment, and inspect, swap, check, bench and export of runs'),
  packageCheck('@softpool/experiments', 'experiment'),
  packageCheck('@softpool/queue', 'queue'),
  programCheck('ffmpeg', 'video, train and eval on clips'),
  programCheck('ffprobe', 'video, train and eval on clips'),
];

function ok(found: string): Finding {
  return { isOk: true, found };
}

/** The oldest version that the packages support, as in their package.json. */
const LEAST_NODE = '20.19';

/** The oldest version with the options that `softpool video` uses. */
const LEAST_FFMPEG = '5.1';

/** Whether this version of Node is supported. */
export function findNode(version: string): Finding {
  const found = `${version}, ${process.platform} ${process.arch}`;
  return isAtLeast(version, LEAST_NODE) ? ok(found) : { isOk: false, found, remedy: `install Node.js ${LEAST_NODE} or later` };
}

function packageCheck(name: string, neededFor: string): Check {
  return {
    name,
    neededFor,
    async find() {
      const version = await versionOf(name);
      return version === undefined ? { isOk: false, found: 'not installed', remedy: installCommand([name]) } : ok(version);
    },
  };
}

function programCheck(name: string, neededFor: string): Check {
  return {
    name,
    neededFor,
    async find() {
      try {
        const { stdout } = await promisify(execFile)(name, ['-version']);
        const [line = ''] = stdout.split('\n');
        const version = line.split(' ')[2] ?? '';
        if (isAtLeast(version, LEAST_FFMPEG)) return ok(version || 'installed');
        return { isOk: false, found: `${version}, too old`, remedy: `install ffmpeg ${LEAST_FFMPEG} or later` };
      } catch {
        return {
          isOk: false,
          found: 'not installed',
          remedy: `install ffmpeg ${LEAST_FFMPEG} or later with the package manager of the system, and put it on the PATH`,
        };
      }
    },
  };
}

/** A finding that is what `work` resolves to, or its error and what to do. */
async function attempt(work: () => Promise<string>, remedy: string): Promise<Finding> {
  try {
    return ok(await work());
  } catch (error) {
    return { isOk: false, found: oneLine(error), remedy };
  }
}

/** Pools two numbers, whose result is known: 0 and ln 3 have the weights 1/4 and 3/4. */
async function pool(): Promise<string> {
  const { softPool1d } = await import('softpool');
  const { data } = softPool1d({ data: Float64Array.of(0, Math.log(3)), shape: [1, 2] }, { kernelSize: 2 });
  const expected = 0.75 * Math.log(3);
  if (Math.abs((data[0] ?? Number.NaN) - expected) > 1e-14) throw new Error(`a wrong result: ${data[0]}, expected ${expected}`);
  return 'works';
}

async function findSimd(): Promise<Finding> {
  // A function that splats a number and counts bits: (i8x16.popcnt (i8x16.splat (i32.const 0))).
  const header = [0, 97, 115, 109, 1, 0, 0, 0];
  const code = [1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  try {
    // Compiled, since validate() also accepts modules that a policy forbids.
    new WebAssembly.Module(Uint8Array.of(...header, ...code));
    return ok('yes');
  } catch {
    return { isOk: false, found: 'no', remedy: 'SoftPool runs without it, slowly; use an engine with WebAssembly SIMD' };
  }
}

async function poolOnThreads(): Promise<string> {
  const { createThreadedSoftPool } = await import('softpool/threads');
  const threads = await createThreadedSoftPool();
  try {
    await threads.softPool1d({ data: Float32Array.of(1, 2), shape: [1, 2] }, { kernelSize: 2 });
    return `${threads.threads} of ${availableParallelism()} processor cores`;
  } finally {
    threads.dispose();
  }
}

async function findWebGpu(): Promise<Finding> {
  if (!isInstalled('webgpu')) return { isOk: false, found: 'the package webgpu is not installed', remedy: installCommand(['webgpu']) };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('gpu-adapter.js', import.meta.url))]);
    return ok(stdout);
  } catch {
    return { isOk: false, found: 'no adapter', remedy: 'install a driver for Vulkan, Metal or Direct3D 12' };
  }
}
