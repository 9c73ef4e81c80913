// Compiles the kernels and embeds them in the sources, in two pieces: a page that needs no gradient
// does not carry its kernels. Writes the whole module to dist/kernels.wasm as well, for platforms
// that import modules and forbid compiling.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { encodeBytes } from '../../../scripts/bytes-as-text.mjs';
import { areNewest, compileKernels, sourceOf } from '../../../scripts/embed-kernels.mjs';
import { fusedPlaces } from '../../../scripts/fused-places.mjs';
import { optimizeKernels, splitKernels } from '../../../scripts/split-kernels.mjs';

const pathOf = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const cpu = pathOf('../src/cpu/');
const dist = pathOf('../dist/');
const [forward, gradient, whole] = [`${cpu}forward.generated.ts`, `${cpu}gradient.generated.ts`, `${dist}kernels.wasm`];
const sources = (await readdir(`${cpu}kernels/`)).map((name) => `${cpu}kernels/${name}`);
const scripts = [
  './build-kernels.mjs',
  ...['fused-places', 'shared-memory', 'split-kernels', 'wasm-sections'].map((name) => `../../../scripts/${name}.mjs`),
].map(pathOf);

/** The exports that the gradient does without, and it alone. */
const FORWARD = ['scratchBytes', 'recordBytes', 'pool', 'widen', 'narrow', 'transpose'];
const GRADIENT = ['poolGrad'];

/** Functions of window-2-gradient.ts that take a twentieth longer when they are joined. */
const APART = ['set1', 'set2', 'set4'];

await mkdir(dist, { recursive: true });
if (await areNewest([forward, gradient, whole], [...sources, ...scripts])) {
  console.log('kernels: up to date');
} else {
  const entries = ['common', 'forward', 'backward'].map((name) => `${cpu}kernels/${name}.ts`);
  const exports = [...FORWARD, ...GRADIENT];
  const optimized = optimizeKernels(await compileKernels('kernels', entries, whole), exports, APART);
  const { all, head, code, firstHead, sharedHead } = splitKernels(optimized, exports, FORWARD);
  await writeFile(
    forward,
    sourceOf('kernels of the forward pass', {
      HEAD: encodeBytes(firstHead),
      CODE: encodeBytes(all.subarray(head.length, code)),
    }),
  );
  await writeFile(
    gradient,
    sourceOf('kernels of the gradient, around the code of those of the forward pass,', {
      HEAD: encodeBytes(head),
      SHARED_HEAD: encodeBytes(sharedHead),
      CODE: encodeBytes(all.subarray(code)),
      FUSED_PLACES: fusedPlaces(all),
    }),
  );
  await writeFile(whole, all);
  console.log(`kernels: ${all.length} bytes, without gradients ${firstHead.length + code - head.length}`);
}
