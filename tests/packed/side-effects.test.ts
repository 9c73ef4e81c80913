// Bundlers keep what a package registers on import, and drop a package that registers nothing.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { expect, inject, test } from 'vitest';
import { entriesOf, PACKAGES, readManifest } from '../../scripts/packages.mjs';

const DROPPED = PACKAGES.filter(({ manifest }) => manifest.sideEffects === false);

test('an import of @softpool/tfjs registers kernels, gradients and layers', async () => {
  const code = await bundled("import '@softpool/tfjs';");
  for (const call of ['registerKernel', 'registerGradient', 'registerClass']) expect(code).toContain(call);
});

test('an import of @softpool/models registers its layers', async () => {
  expect(await bundled("import '@softpool/models';")).toContain('SeededDropout');
});

test.for(DROPPED.map(({ manifest, folder }) => [manifest.name, folder] as const))(
  'a bare import of %s leaves nothing in the bundle',
  async ([name, folder]) => {
    const imports = entriesOf(readManifest(folder)).map(({ entry }) => `import '${name}${entry.slice(1)}';`);
    expect(await bundled(imports.join('\n'))).toBe('');
  },
);

/** The bundle of a script, without packages from elsewhere. */
async function bundled(script: string): Promise<string> {
  const input = join(inject('project'), 'side-effects.js');
  writeFileSync(input, script);
  const build = await rolldown({ input, platform: 'node', external: /^(?!\.|\/|softpool|@softpool\/)/ });
  const { output } = await build.generate({ format: 'esm' });
  await build.close();
  return output[0].code
    .replace(/^\/\/.*$/gm, '')
    .replace(/^export \{\s*\};?$/gm, '')
    .trim();
}
