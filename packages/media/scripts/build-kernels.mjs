// Compiles the kernels of images and of video planes, and embeds them in the sources.
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

await embedKernels({
  what: 'kernel of video planes',
  entries: [`${folder}assembly/planes.ts`],
  sources: [`${folder}assembly/planes.ts`],
  generated: `${folder}planes.generated.ts`,
  by: import.meta.url,
});
