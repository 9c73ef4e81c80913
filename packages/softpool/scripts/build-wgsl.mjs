// Embeds the WGSL sources, without comments and indentation, so that the WebGPU entry needs no file to be served.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const gpu = fileURLToPath(new URL('../src/gpu/', import.meta.url));

const names = (await readdir(`${gpu}kernels`)).filter((name) => name.endsWith('.wgsl')).sort();
const entries = await Promise.all(
  names.map(async (name) => {
    const lines = (await readFile(`${gpu}kernels/${name}`, 'utf8')).split('\n').map((line) => line.replace(/\s*\/\/.*/, '').trim());
    return `  '${name.slice(0, -'.wgsl'.length)}': ${JSON.stringify(`${lines.filter(Boolean).join('\n')}\n`)},\n`;
  }),
);
const code = `/** The WGSL sources of gpu/kernels, by name. Made by scripts/build-wgsl.mjs. */
export const SOURCES = {
${entries.join('')}} as const;
`;
await writeFile(`${gpu}kernels.generated.ts`, code);
console.log(`WGSL: ${code.length} bytes`);
