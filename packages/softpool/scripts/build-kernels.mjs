// Compiles the kernels (AssemblyScript, SIMD, imported memory) and embeds their bytes in the sources: as hexadecimal digits, which compress
// to little more than the bytes themselves (base64, whose digits straddle bytes, takes a third more).
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const cpu = fileURLToPath(new URL('../src/cpu/', import.meta.url));
const binary = `${cpu}kernels.wasm`;
const generated = `${cpu}kernels.generated.ts`;

if (await isNewest(generated)) {
  console.log('kernels: as they were');
  exit();
}

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
  generated,
  `/** The kernels of cpu/assembly as a WebAssembly module, in hexadecimal digits. Made by scripts/build-kernels.mjs. */
export const KERNELS = '${bytes.toString('hex')}';
`,
);
console.log(`kernels: ${bytes.length} bytes`);

/** Whether the kernels were compiled after all that they are made of was written: compiling takes ten seconds. @param {string} made */
async function isNewest(made) {
  const assembly = `${cpu}assembly/`;
  const compiler = fileURLToPath(import.meta.resolve('assemblyscript/package.json'));
  const sources = [fileURLToPath(import.meta.url), compiler, ...(await readdir(assembly)).map((name) => assembly + name)];
  const [written = 0, ...others] = await Promise.all(
    [made, ...sources].map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return others.every((each) => each < written);
}
