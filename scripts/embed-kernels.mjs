// Compiles kernels (AssemblyScript, SIMD, imported memory) and embeds their bytes in the sources as
// text.
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { encodeBytes } from './bytes-as-text.mjs';

const SCRIPTS = ['embed-kernels.mjs', 'bytes-as-text.mjs'].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const FLAGS = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory', '--initialMemory', '0'];

/**
 * Compiles `entries` unless `generated` is newer than all sources, and writes the module's text.
 *
 * @param {object} kernels
 * @param {string} kernels.what - What they are in messages.
 * @param {readonly string[]} kernels.entries - The paths of the sources that have the exports.
 * @param {readonly string[]} kernels.sources - The paths of all sources.
 * @param {string} kernels.generated - The path of the source that is written.
 * @param {string} kernels.by - The URL of the script that calls this.
 */
export async function embedKernels({ what, entries, sources, generated, by }) {
  if (await areNewest([generated], [...sources, fileURLToPath(by)])) {
    console.log(`${what}: up to date`);
    return;
  }
  const bytes = await compileKernels(what, entries, `${generated}.wasm`);
  await writeFile(generated, sourceOf(what, { KERNELS: encodeBytes(bytes) }));
  console.log(`${what}: ${bytes.length} bytes`);
}

/**
 * Compiles `entries` to a module that imports only its memory.
 *
 * @param {string} what - What they are in messages.
 * @param {readonly string[]} entries - The paths of the sources that have the exports.
 * @param {string} draft - The path of a file for the compiler, which is removed.
 */
export async function compileKernels(what, entries, draft) {
  const { error, stderr } = await asc.main([...entries, '--outFile', draft, ...FLAGS]);
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
  const bytes = await readFile(draft);
  await rm(draft);
  if (WebAssembly.Module.imports(new WebAssembly.Module(bytes)).length !== 1) {
    throw new Error(`The ${what} must import only their memory.`);
  }
  return bytes;
}

/**
 * A source with these constants.
 *
 * @param {string} what - What they hold.
 * @param {Record<string, readonly string[] | readonly number[]>} constants
 */
export function sourceOf(what, constants) {
  const lines = Object.entries(constants).map(([name, value]) => {
    const type = typeof value[0] === 'number' ? 'readonly number[]' : 'readonly [codes: string, locals: string]';
    return `export const ${name}: ${type} = ${JSON.stringify(value)};\n`;
  });
  return `/** The ${what} as WebAssembly, for decodeBytes. Generated at each build. */\n${lines.join('')}`;
}

/**
 * Whether files were written after the last change to others, to these scripts, and to the
 * compiler. Compiling takes seconds.
 *
 * @param {readonly string[]} made
 * @param {readonly string[]} sources
 */
export async function areNewest(made, sources) {
  const compiler = fileURLToPath(import.meta.resolve('assemblyscript/package.json'));
  const written = await Promise.all(made.map(timeOf));
  const changed = await Promise.all([...sources, ...SCRIPTS, compiler].map(timeOf));
  return Math.min(...written) > Math.max(...changed);
}

/**
 * When a file was written; 0 if there is none.
 *
 * @param {string} path
 */
async function timeOf(path) {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
