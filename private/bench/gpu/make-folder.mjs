// A folder to carry to a machine with an NVIDIA GPU and nothing else: `npm run bench:gpu:folder`. It has Node, Dawn, SoftPool as built, the
// specification, the benchmark, and the comparison with CUDA, compiled if nvcc is here (`NVCC` names another). ./run.sh in it does everything.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { arch, env, execPath, exit, platform, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { softPool2d, softPool2dGrad, softPool3d, softPool3dGrad } from 'softpool';
import { activations, sizeOf } from '../activations.mjs';
import { problemOf, WINDOWS } from './problems.mjs';

const MOST_MEGABYTES = 60;

/** Compute capabilities for which machine code is compiled, where the compiler knows them; the last but newest also for GPUs to come. */
const CAPABILITIES = ['70', '75', '80', '90', '100', '120'];
const FOR_LATER = '90';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const output = `${root}bench-output/`;
const folder = `${output}softpool-gpu/`;

if (platform !== 'linux' || arch !== 'x64')
  fail(`the folder is for Linux on x64, and takes Node from here, which is for ${platform} on ${arch}`);
rmSync(folder, { recursive: true, force: true });
copyPrograms();
await bundleSpecification();
buildCuda();
pack();

function copyPrograms() {
  copy(execPath, 'bin/node');
  chmodSync(`${folder}bin/node`, 0o755);
  for (const file of ['package.json', 'index.js', 'LICENSE.md', 'dist/linux-x64'])
    copy(join(packageFolder('webgpu'), file), `node_modules/webgpu/${file}`);
  for (const name of ['softpool', 'simple-statistics', 'markdown-table']) {
    const from = packageFolder(name);
    /** @param {string} path - Neither sources nor types nor what npm put there. */
    const isNeeded = (path) =>
      !/\/(node_modules|src|scripts)$|\/(typedoc|tsconfig)\.json$|\.(tsbuildinfo|d\.ts|map)$/.test(path.slice(from.length));
    cpSync(from, `${folder}node_modules/${name}`, { recursive: true, dereference: true, filter: isNeeded });
  }
  for (const file of ['activations.mjs', 'measure.mjs', 'tables.mjs']) copy(`${here}../${file}`, `bench/${file}`);
  cpSync(here, `${folder}bench/gpu`, { recursive: true, filter: (path) => !/make-folder|vitest-on|run\.sh/.test(path) });
  copy(`${here}run.sh`, 'run.sh');
  const loader = spawnSync('sh', ['-c', "PATH=$PATH:/sbin:/usr/sbin ldconfig -p | awk '/libvulkan.so.1.*x86-64/ { print $NF; exit }'"], {
    encoding: 'utf8',
  });
  if (loader.stdout.trim() === '')
    console.log('no Vulkan loader here, so none in the folder: the machine with the GPU must have libvulkan1');
  else copy(loader.stdout.trim(), 'lib/libvulkan.so.1');
}

/** The specification on the GPU as one file: its tests declared to node:test, which Node brings along. */
async function bundleSpecification() {
  const bundle = await rolldown({
    input: `${root}packages/softpool/src/webgpu.spec.ts`,
    platform: 'node',
    resolve: { alias: { vitest: `${here}vitest-on-node-test.mjs` } },
  });
  await bundle.write({ file: `${folder}specification.mjs`, format: 'esm', codeSplitting: false });
  await bundle.close();
}

function buildCuda() {
  checkArithmetic();
  const nvcc = env.NVCC ?? 'nvcc';
  const known = spawnSync(nvcc, ['--list-gpu-arch'], { encoding: 'utf8' });
  if (known.status !== 0) {
    console.log(`no ${nvcc} here: the folder has the source, which run.sh compiles where there is a compiler`);
    return;
  }
  const capabilities = CAPABILITIES.filter((capability) => known.stdout.split('\n').includes(`compute_${capability}`));
  const code = [...capabilities.map((capability) => [capability, `sm_${capability}`]), [FOR_LATER, `compute_${FOR_LATER}`]];
  const targets = code.flatMap(([capability, code]) => ['-gencode', `arch=compute_${capability},code=${code}`]);
  const cuda = `${folder}bench/gpu/cuda/`;
  run(nvcc, ['-O3', '-std=c++17', '--cudart', 'static', ...targets, '-o', `${cuda}softpool-cuda`, `${cuda}softpool.cu`]);
  console.log(`CUDA: compiled for compute capabilities ${capabilities.join(', ')}`);
}

/** The arithmetic of the CUDA kernels, compiled for this processor, must be SoftPool's. */
function checkArithmetic() {
  const program = `${output}softpool-check`;
  const compiled = spawnSync(
    env.CXX ?? 'c++',
    ['-O2', '-std=c++17', '-x', 'c++', '-DHOST_CHECK', `${here}cuda/softpool.cu`, '-o', program],
    {
      stdio: 'inherit',
    },
  );
  if (compiled.error !== undefined) return console.log('no C++ compiler here: the arithmetic of the CUDA kernels is not checked');
  if (compiled.status !== 0) fail('the arithmetic of the CUDA kernels does not compile');
  for (const dims of /** @type {const} */ ([2, 3])) {
    for (const window of WINDOWS) {
      const inputShape = [2, 3, 5, 9, 8].slice(0, 2).concat([5, 9, 8].slice(3 - dims));
      const problem = problemOf({ dims, window, dtype: 'float32', layout: 'channelsFirst', pass: 'forward' }, inputShape);
      const [x, dy] = [activations(inputShape), activations([...problem.outputShape])];
      const flat = dims === 2;
      const axes = [window.kernelSize, window.stride, window.padding].flatMap((size, i) => [flat ? [1, 1, 0][i] : size, size, size]);
      const spatial = flat ? [1, ...inputShape.slice(2)] : inputShape.slice(2);
      const args = [sizeOf(inputShape.slice(0, 2)), ...spatial, ...axes].map(String);
      const { stdout, status } = spawnSync(program, args, { input: Buffer.concat([bytesOf(x.data), bytesOf(dy.data)]) });
      if (status !== 0) fail('the check of the CUDA kernels stopped');
      const results = new Float32Array(new Uint8Array(stdout).buffer);
      const y = (flat ? softPool2d : softPool3d)(x, window).data;
      const dx = (flat ? softPool2dGrad : softPool3dGrad)(x, dy, window).data;
      const expected = [...y, ...dx];
      if (results.length !== expected.length || expected.some((value, i) => !(Math.abs(value - Number(results[i])) < 1e-5))) {
        fail(`the arithmetic of the CUDA kernels is not SoftPool's: ${dims}-D, ${JSON.stringify(window)}`);
      }
    }
  }
  console.log("CUDA: the kernels' arithmetic, on this processor, is SoftPool's");
}

function pack() {
  const archive = `${folder.slice(0, -1)}.tar.gz`;
  run('tar', ['-czf', archive, '-C', output, basename(folder)]);
  const megabytes = statSync(archive).size / 1e6;
  console.log(
    `bench-output/softpool-gpu.tar.gz: ${megabytes.toFixed(1)} MB. On the machine with the GPU: tar -xzf softpool-gpu.tar.gz && softpool-gpu/run.sh`,
  );
  if (megabytes > MOST_MEGABYTES) fail(`it is larger than ${MOST_MEGABYTES} MB`);
}

/**
 * @param {string} from
 * @param {string} to - Within the folder.
 */
function copy(from, to) {
  mkdirSync(dirname(`${folder}${to}`), { recursive: true });
  cpSync(from, `${folder}${to}`, { recursive: true, dereference: true });
}

/** @param {string} name - Of an installed package. */
function packageFolder(name) {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, 'package.json')));
  return found ?? fail(`the package ${name} is not installed: npm ci`);
}

/** @param {Float32Array} data */
function bytesOf(data) {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 */
function run(program, args) {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) fail(`${program} failed`);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  stderr.write(`bench:gpu:folder: ${message}\n`);
  exit(1);
}
