// Compiles kernels (AssemblyScript, SIMD, imported memory) and embeds their bytes in the sources as
// text.
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { encodeBytes } from './bytes-as-text.mjs';
import { fusedPlaces } from './fused-places.mjs';

const SCRIPTS = ['embed-kernels.mjs', 'bytes-as-text.mjs', 'fused-places.mjs'].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const FLAGS = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory', '--initialMemory', '0'];

/**
 * Compiles `entries` unless `generated` is newer than all sources: compiling takes seconds.
 *
 * @param {object} kernels
 * @param {string} kernels.what - What they are in messages.
 * @param {readonly string[]} kernels.entries - The paths of the sources that have the exports.
 * @param {readonly string[]} kernels.sources - The paths of all sources.
 * @param {string} kernels.generated - The path of the file that is written. Of a `.wasm` it is the
 *   module itself, else a source with its bytes as text.
 * @param {string} kernels.by - The URL of the script that calls this.
 * @param {readonly string[]} [kernels.flags] - The compiler's flags besides those of all kernels.
 * @param {boolean} [kernels.isFusible] - Whether the source says as well where the module can be
 * fused.
 */
export async function embedKernels({ what, entries, sources, generated, by, flags = [], isFusible = false }) {
  const compiler = fileURLToPath(import.meta.resolve('assemblyscript/package.json'));
  if (await isNewest(generated, [...SCRIPTS, fileURLToPath(by), compiler, ...sources])) {
    console.log(`${what}: up to date`);
    return;
  }
  const isBinary = generated.endsWith('.wasm');
  const binary = isBinary ? generated : `${generated}.wasm`;
  const { error, stderr } = await asc.main([...entries, '--outFile', binary, ...FLAGS, ...flags]);
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
  const bytes = await readFile(binary);
  if (!isBinary) await rm(binary);
  if (WebAssembly.Module.imports(new WebAssembly.Module(bytes)).length !== 1) {
    throw new Error(`The ${what} must import only their memory.`);
  }
  const code = `/** The ${what} as a WebAssembly module, for decodeBytes. Generated at each build. */
export const KERNELS: string = ${JSON.stringify(encodeBytes(bytes))};
${isFusible ? `\n/** Where they can be fused: see fuse.ts. */\nexport const FUSED_PLACES: readonly number[] = [${fusedPlaces(bytes)}];\n` : ''}`;
  if (!isBinary) await writeFile(generated, code);
  console.log(`${what}: ${bytes.length} bytes`);
}

/**
 * Whether a file was written after the last change to others.
 *
 * @param {string} made
 * @param {readonly string[]} sources
 */
async function isNewest(made, sources) {
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
