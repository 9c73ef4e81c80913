// Writes the package's version into a source, for models that name the program that wrote them. A
// bundle for browsers has no package.json.
import { readFile, writeFile } from 'node:fs/promises';

const root = new URL('../', import.meta.url);
const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
await writeFile(
  new URL('src/version.generated.ts', root),
  `/** The version of this package. Made by scripts/build-version.mjs. */
export const VERSION = ${JSON.stringify(version)};
`,
);
