// Measures the packages as pages load them: bundled, minified, compressed. Fails if one outgrows
// its limit. `-- --update-docs` puts the table into docs/performance.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { markdownTable } from 'markdown-table';
import { rolldown } from 'rolldown';

/**
 * The target is what the design allows, in bytes with brotli, kernels included. The limit is a
 * little more than the size today, so that whatever adds to it says so here. docs/performance.md
 * says what the bytes are.
 */
const BUNDLES = [
  { name: 'softpool, only softPool2d', code: "export { softPool2d } from 'softpool';", target: 16_000, limit: 15_998 },
  { name: 'softpool', code: "export * from 'softpool';", target: 24_000, limit: 21_287 },
  { name: 'softpool and softpool/threads', code: "export * from 'softpool'; export * from 'softpool/threads';", limit: 26_258 },
  {
    name: 'softpool and softpool/webgpu',
    code: "export * from 'softpool'; export * from 'softpool/webgpu';",
    target: 24_000 + 15_000,
    limit: 35_268,
  },
  { name: 'softpool/webgpu alone', code: "export * from 'softpool/webgpu';" },
  { name: '@softpool/media, softpool included', code: "export * from '@softpool/media';" },
];

const sizes = await Promise.all(BUNDLES.map(async (bundle) => ({ ...bundle, ...(await measure(bundle.code)) })));
console.table(
  Object.fromEntries(sizes.map(({ name, minified, gzip, brotli, target, limit }) => [name, { minified, gzip, brotli, target, limit }])),
);
for (const { name, brotli, limit, target } of sizes) {
  if (target !== undefined && brotli > target)
    console.warn(`${name} takes ${brotli} bytes with brotli, ${brotli - target} more than its target.`);
  if (limit === undefined || brotli <= limit) continue;
  console.error(`${name} takes ${brotli} bytes with brotli, ${brotli - limit} more than its limit of ${limit}.`);
  process.exitCode = 1;
}
if (argv.includes('--update-docs')) {
  const path = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
  const document = readFileSync(path, 'utf8');
  writeFileSync(path, document.replace(/(?<=<!-- size -->\n).*(?=\n<!-- \/size -->)/s, sizeTable()));
}

function sizeTable() {
  const head = ['bundle', 'minified', 'gzip', 'brotli', 'target, brotli'];
  const rows = sizes.map(({ name, ...bytes }) => [
    name,
    ...[bytes.minified, bytes.gzip, bytes.brotli, bytes.target].map((number) => number?.toLocaleString('en') ?? ''),
  ]);
  return markdownTable([head, ...rows], { align: ['l', 'r', 'r', 'r', 'r'] });
}

/**
 * Bundles and compresses an entry, and returns the bytes.
 *
 * @param {string} code - The entry.
 */
async function measure(code) {
  const entry = fileURLToPath(new URL('size-entry.js', import.meta.url));
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    plugins: [{ name: 'entry', resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? code : null) }],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const minified = Buffer.from(output[0].code);
  return { minified: minified.length, gzip: gzipSync(minified, { level: 9 }).length, brotli: brotliCompressSync(minified).length };
}
