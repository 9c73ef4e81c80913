// Compiles the kernels and embeds them in the sources. Writes them to dist/kernels.wasm as well,
// for platforms that import modules and forbid compiling.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { embedKernels } from '../../../scripts/embed-kernels.mjs';

const cpu = fileURLToPath(new URL('../src/cpu/', import.meta.url));
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const bytes = await embedKernels({
  what: 'kernels',
  entry: `${cpu}kernels/kernels.ts`,
  sources: (await readdir(`${cpu}kernels/`)).map((name) => `${cpu}kernels/${name}`),
  generated: `${cpu}kernels.generated.ts`,
  by: import.meta.url,
});
await mkdir(dist, { recursive: true });
await writeFile(`${dist}kernels.wasm`, bytes);
