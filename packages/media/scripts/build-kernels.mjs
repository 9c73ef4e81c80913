// Compiles the kernels that pool images, and embeds them in the sources.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { embedKernels } from '../../../scripts/embed-kernels.mjs';

const folder = fileURLToPath(new URL('../src/kernel/', import.meta.url));
await embedKernels({
  what: 'kernels of images',
  entries: [`${folder}assembly/kernel.ts`],
  sources: [`${folder}layout.ts`, ...readdirSync(`${folder}assembly`).map((name) => `${folder}assembly/${name}`)],
  generated: `${folder}kernel.generated.ts`,
  by: import.meta.url,
});
