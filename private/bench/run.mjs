// The benchmark: `npm run bench`, some minutes. Prints its tables and writes them with its curves to bench-output/. With
// `-- --update-docs` it also puts them into docs/performance.md, so that no figure there is copied by hand.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { argv, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { kernelsChart, smallChart } from './charts.mjs';
import { backward, kernels, overlapping, pairs, small, variants, video } from './sections.mjs';
import { kernelsTable, machine, rowsTable, smallTable, targetsTable } from './tables.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const output = `${root}bench-output/`;
mkdirSync(output, { recursive: true });

const sections = {
  pairs: await say('2×2 windows', pairs),
  overlapping: await say('3×3 windows', overlapping),
  video: await say('2×2×2 windows', video),
  backward: await say('gradients', backward),
  variants: await say('element types and weights', variants),
};
const kernelPoints = await say('larger windows', kernels);
const smallPoints = await say('small tensors', small);

/** What stands between the markers in docs/performance.md, by the markers' names. */
const parts = {
  machine: machine(),
  targets: targetsTable(Object.values(sections).flatMap(({ targets }) => targets)),
  ...Object.fromEntries(Object.entries(sections).map(([name, { rows }]) => [name, rowsTable(rows)])),
  kernels: kernelsTable(kernelPoints),
  small: smallTable(smallPoints),
};
const charts = { 'performance-kernels.svg': await kernelsChart(kernelPoints), 'performance-small.svg': await smallChart(smallPoints) };

const report = Object.values(parts).join('\n\n');
console.log(report);
writeFileSync(`${output}report.md`, `${report}\n`);
for (const [name, svg] of Object.entries(charts)) writeFileSync(`${output}${name}`, svg);
console.log(`\nWritten: bench-output/report.md, ${Object.keys(charts).join(', ')}`);
if (argv.includes('--update-docs')) updateDocs();

/**
 * @template R
 * @param {string} what
 * @param {() => Promise<R>} section
 * @returns {Promise<R>}
 */
async function say(what, section) {
  const start = performance.now();
  stderr.write(`measuring ${what} …`);
  const result = await section();
  stderr.write(` ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
  return result;
}

function updateDocs() {
  const file = `${root}docs/performance.md`;
  let text = readFileSync(file, 'utf8');
  for (const [name, part] of Object.entries(parts)) {
    const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
    const [before, after] = [text.indexOf(start), text.indexOf(end)];
    if (before < 0 || after < before) throw new Error(`docs/performance.md has no place for "${name}": it needs ${start} and ${end}`);
    text = `${text.slice(0, before + start.length)}\n${part}\n${text.slice(after)}`;
  }
  writeFileSync(file, text);
  for (const [name, svg] of Object.entries(charts)) writeFileSync(`${root}docs/${name}`, svg);
  console.log('Updated: docs/performance.md and its curves');
}
