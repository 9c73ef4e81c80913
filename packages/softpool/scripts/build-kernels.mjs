// Compiles the kernels (AssemblyScript, SIMD, imported memory) and embeds their bytes in the sources: as hexadecimal digits, which compress
// to little more than the bytes themselves (base64, whose digits straddle bytes, takes a third more).
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const cpu = fileURLToPath(new URL('../src/cpu/', import.meta.url));
const binary = `${cpu}kernels.wasm`;

const { error, stderr } = await asc.main([
  `${cpu}assembly/kernels.ts`,
  '--outFile',
  binary,
  '-O3',
  '--converge',
  '--noAssert',
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--importMemory',
  '--initialMemory',
  '0',
]);
if (error) {
  console.error(stderr.toString());
  throw error;
}
const bytes = await readFile(binary);
await rm(binary);
if (WebAssembly.Module.imports(new WebAssembly.Module(bytes)).length !== 1) {
  throw new Error('The kernels must import their memory and nothing else.');
}
await writeFile(
  `${cpu}kernels.generated.ts`,
  `/** The kernels of cpu/assembly as a WebAssembly module, in hexadecimal digits. Made by scripts/build-kernels.mjs. */
export const KERNELS = '${bytes.toString('hex')}';
`,
);
console.log(`kernels: ${bytes.length} bytes`);
