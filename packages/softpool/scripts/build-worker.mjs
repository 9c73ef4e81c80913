// Bundles the thread's code into one string, so that a pool needs no file to be served and no setting of a bundler.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const cpu = fileURLToPath(new URL('../src/cpu/', import.meta.url));

const bundle = await rolldown({ input: `${cpu}worker.ts`, platform: 'neutral' });
const { output } = await bundle.generate({ format: 'iife', minify: true });
await bundle.close();
await writeFile(
  `${cpu}worker.generated.ts`,
  `/** The code of a thread: worker.ts and what it imports. Made by scripts/build-worker.mjs. */
export const WORKER_SOURCE = ${JSON.stringify(output[0].code)};
`,
);
console.log(`worker: ${output[0].code.length} bytes`);
