// Makes a folder to carry to a machine with an NVIDIA GPU and nothing else: `npm run
// bench:gpu:folder`. It has Node, Dawn, the specification and the benchmark. ./run.sh in it runs
// them.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { arch, execPath, platform } from 'node:process';
import { fileURLToPath } from 'node:url';
import { bundle, standalone } from '../bundle.mjs';

const MOST_MEGABYTES = 60;
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = `${root}bench-output/softpool-gpu/`;
const archive = `${root}bench-output/softpool-gpu.tar.gz`;

if (platform !== 'linux' || arch !== 'x64') {
  throw new Error(`bench:gpu:folder: the folder is for Linux on x64 and takes Node from here, which is for ${platform} on ${arch}`);
}
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
copy(execPath, 'bin/node');
const dawn = dirname(createRequire(import.meta.url).resolve('webgpu'));
for (const file of ['package.json', 'index.js', 'LICENSE.md', 'dist/linux-x64']) copy(`${dawn}/${file}`, `node_modules/webgpu/${file}`);
copy(`${here}run.sh`, 'run.sh');
const loader = run('sh', ['-c', "PATH=$PATH:/sbin:/usr/sbin ldconfig -p | awk '/libvulkan.so.1.*x86-64/ { print $NF; exit }'"]).trim();
if (loader === '') console.log("Vulkan's loader is not here: the machine with the GPU must have libvulkan1");
else copy(loader, 'lib/libvulkan.so.1');
await bundle(`${here}run.ts`, `${folder}run.mjs`, standalone());
const vitest = `${here}vitest-on-node-test.ts`;
await bundle(`${root}packages/softpool/src/webgpu.spec.ts`, `${folder}specification.mjs`, standalone({ vitest }));
run('tar', ['-czf', archive, '-C', dirname(archive), 'softpool-gpu']);
const megabytes = statSync(archive).size / 1e6;
console.log(`${archive}: ${megabytes.toFixed(1)} MB. On the machine with the GPU: tar -xzf softpool-gpu.tar.gz && softpool-gpu/run.sh`);
if (megabytes > MOST_MEGABYTES) throw new Error(`bench:gpu:folder: it is larger than ${MOST_MEGABYTES} MB`);

/** @param {string} from @param {string} to - Within the folder. */
function copy(from, to) {
  cpSync(from, folder + to, { recursive: true, dereference: true });
}

/** Runs a program, which must succeed. @param {string} program @param {string[]} args */
function run(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`bench:gpu:folder: ${program} failed: ${stderr}`);
  return stdout;
}
