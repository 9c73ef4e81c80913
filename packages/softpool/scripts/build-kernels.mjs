// Compiles the kernels and embeds them in the sources, as two modules: a page that needs no
// gradient does not carry its kernels. Writes all of them to dist/kernels.wasm as well, for
// platforms that import modules and forbid compiling.
import { mkdir, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { embedKernels } from '../../../scripts/embed-kernels.mjs';

const cpu = fileURLToPath(new URL('../src/cpu/', import.meta.url));
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const sources = (await readdir(`${cpu}kernels/`)).map((name) => `${cpu}kernels/${name}`);

await mkdir(dist, { recursive: true });
for (const { what, entries, generated } of [
  { what: 'forward kernels', entries: ['common', 'forward'], generated: `${cpu}forward.generated.ts` },
  { what: 'gradient kernels', entries: ['common', 'backward'], generated: `${cpu}gradient.generated.ts` },
  { what: 'kernels', entries: ['common', 'forward', 'backward'], generated: `${dist}kernels.wasm` },
]) {
  await embedKernels({
    what,
    entries: entries.map((name) => `${cpu}kernels/${name}.ts`),
    sources,
    generated,
    by: import.meta.url,
    flags: ['--shrinkLevel', '1'], // less inlining
    isFusible: true,
  });
}
