// The benchmark on a GPU: `npm run bench:gpu`. Prints its tables and writes them to bench-output/gpu.md, and all it measured to gpu.json. On a
// software adapter it takes small tensors and few rounds: -- --full takes the large ones there too, -- --quick the small ones on a GPU.
import { mkdirSync, writeFileSync } from 'node:fs';
import { argv, exit, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { openGpu } from './device.mjs';
import { EXTENTS, WINDOWS, windowName } from './problems.mjs';
import { kernels, wholeShapes, wholeWay } from './sections.mjs';
import { compositionTable, conditions, kernelsTable, MEANINGLESS, wholeTable } from './tables.mjs';

/** @typedef {import('./problems.mjs').Dims} Dims */

const gpu = await openGpu({ clearing: false }).catch((error) => {
  stderr.write(`bench:gpu: ${error.message}\n`);
  exit(1);
});
const asGiven = await openGpu({ clearing: true });
const { software } = gpu.facts;
const extent = EXTENTS[argv.includes('--full') || !(software || argv.includes('--quick')) ? 'full' : 'quick'];
const warning = software ? [MEANINGLESS] : [];
const head = [...warning, conditions(gpu, extent)];
console.log(head.join('\n\n'));

const sections = [];
const wholes = [];
for (const dims of /** @type {readonly Dims[]} */ ([2, 3])) {
  for (const window of WINDOWS) {
    const start = performance.now();
    stderr.write(`measuring ${windowName(dims, window)} …`);
    sections.push(await kernels(gpu, extent.clearing ? asGiven : undefined, dims, window, extent));
    for (const shape of wholeShapes(extent.shapes[dims])) wholes.push(await wholeWay(asGiven, dims, window, shape, extent));
    stderr.write(` ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
  }
}

const tables = [...sections.map(kernelsTable), compositionTable(sections), wholeTable(wholes), ...warning];
console.log(`\n${tables.join('\n\n')}`);
const output = fileURLToPath(new URL('../../../bench-output/', import.meta.url));
mkdirSync(output, { recursive: true });
writeFileSync(`${output}gpu.md`, `${[...head, ...tables].join('\n\n')}\n`);
writeFileSync(
  `${output}gpu.json`,
  `${JSON.stringify({ adapter: gpu.facts, date: new Date().toISOString(), extent, sections, wholes }, null, 1)}\n`,
);
console.log('\nWritten: bench-output/gpu.md, gpu.json');
for (const { pool, device } of [gpu, asGiven]) {
  pool.dispose();
  device.destroy();
}
