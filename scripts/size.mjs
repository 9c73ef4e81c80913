// What the packages weigh in a page: bundled for the browser, minified, compressed. Fails where `softpool` outgrows its limit.
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

/**
 * Bytes that all of `softpool`, kernels included, may take with gzip, the weaker of the two compressions: what it takes today, and a little more. It
 * was meant to be 16,000; docs/performance.md says what it is made of.
 */
const LIMIT = 25_400;

/** What the WebGPU entry may add in a page that has `softpool`: what it takes today, and a little more. It was meant to be 8,000. */
const LIMIT_OF_WEBGPU = 14_850;

const BUNDLES = [
  { name: 'softpool', code: "export * from 'softpool';", limit: LIMIT },
  {
    name: 'softpool and softpool/webgpu',
    code: "export * from 'softpool'; export * from 'softpool/webgpu';",
    limit: LIMIT + LIMIT_OF_WEBGPU,
  },
  { name: 'softpool/webgpu alone', code: "export * from 'softpool/webgpu';" },
  { name: 'softpool, only softPool2d', code: "export { softPool2d } from 'softpool';" },
  { name: '@softpool/media, softpool included', code: "export * from '@softpool/media';" },
];

const sizes = await Promise.all(BUNDLES.map(async (bundle) => ({ ...bundle, ...(await measure(bundle.code)) })));
console.table(Object.fromEntries(sizes.map(({ name, minified, gzip, brotli }) => [name, { minified, gzip, brotli }])));
for (const { name, gzip, limit } of sizes) {
  if (limit === undefined || gzip <= limit) continue;
  console.error(`${name} takes ${gzip} bytes with gzip, ${gzip - limit} more than its limit of ${limit}.`);
  process.exitCode = 1;
}

/**
 * The bytes of a bundle.
 *
 * @param {string} code - Its entry.
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
