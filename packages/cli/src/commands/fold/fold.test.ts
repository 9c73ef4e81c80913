import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesBelow, type Result, runCli, temporaryFolder } from '../../testing/run-cli.ts';

/** AveragePool(x·eˣ) / AveragePool(eˣ), 2×2/2, of tensors of any size, opset 17. */
const COPY = Buffer.from(
  'CAg68gEKCwoBeBIBZSIDRXhwCg4KAXgKAWUSAXAiA011bAo8CgFwEgFuIgtBdmVyYWdlUG9vbCoVCgxrZXJuZWxfc2hhcGVAAkACoAEHKhAKB3N0cmlkZXNAAkACoAEHCjwKAWUSAWQiC0F2ZXJhZ2VQb29sKhUKDGtlcm5lbF9zaGFwZUACQAKgAQcqEAoHc3RyaWRlc0ACQAKgAQcKDgoBbgoBZBIBeSIDRGl2EgVncmFwaFofCgF4EhoKGAgBEhQKAxIBTgoDEgFDCgMSAUgKAxIBV2IfCgF5EhoKGAgBEhQKAxIBTgoDEgFDCgMSAUgKAxIBV0IECgAQEQ==',
  'base64',
);

/** Max pooling. */
const STEM = Buffer.from(
  'CAg6nAEKUQoBeBIBeRoEcG9vbCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEHKhAKB3N0cmlkZXNAAkACoAEHKhEKBHBhZHNAAUABQAFAAaABBxIFZ3JhcGhaHwoBeBIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdiHwoBeRIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdCBAoAEA0=',
  'base64',
);

/** PyTorch's export of AvgPool(x·eˣ) / (AvgPool(eˣ) + 0.01). */
const NEAR = new URL('../../../../onnx/src/fold/fixtures/large-epsilon-13.onnx', import.meta.url);

function fold(folder: string, line: string): Promise<Result> {
  return runCli(folder, ['fold', ...line.split(' ')]);
}

async function folderWith(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

test('fold prints a line for each pooling, and the stable model has the same outputs', async () => {
  const folder = await folderWith({ 'm.onnx': COPY });
  const { status, stdout, stderr } = await fold(folder, 'm.onnx -o s.onnx');
  expect([status, stderr]).toEqual([0, 'm.onnx → s.onnx\n']);
  expect(stdout.toString()).toMatch(
    /│ y +│ AveragePool\(x·eˣ\) \/ AveragePool\(eˣ\) │ soft 2×2\/2 │ N × C × H × W │ Div, 2 AveragePool, Mul, Exp │ same values │/,
  );
  const checked = await runCli(folder, ['check', 'm.onnx', 's.onnx', '--input-size', '1x2x6x6', '--json']);
  expect(JSON.parse(checked.stdout.toString()).outputs[0].relative).toBeLessThan(1e-5);
  const listed = await runCli(folder, ['inspect', 's.onnx']);
  expect(listed.stdout.toString()).toMatch(/│ soft 2×2\/2 │/);
});

test('fold writes operators for runtimes without functions, and JSON', async () => {
  const folder = await folderWith({ 'm.onnx': COPY });
  const { stdout } = await fold(folder, 'm.onnx -o s.onnx --inline --json');
  const removed = ['Div', 'AveragePool', 'AveragePool', 'Mul', 'Exp'].map((type, i) => ({ name: ['y', 'd', 'n', 'p', 'e'][i], type }));
  expect(JSON.parse(stdout.toString())).toEqual({
    input: 'm.onnx',
    output: 's.onnx',
    folded: 1,
    changes: [
      {
        path: 'y',
        action: 'folded',
        form: 'AveragePool(x·eˣ) / AveragePool(eˣ)',
        to: 'soft 2×2/2',
        removed,
        reason: 'same values',
        outputShape: ['N', 'C', 'H', 'W'],
      },
    ],
  });
  expect((await readFile(join(folder, 's.onnx'))).includes('ai.softpool')).toBe(false);
});

test('fold leaves an existing file alone without --force, and writes nothing in a dry run', async () => {
  const folder = await folderWith({ 'm.onnx': COPY, 's.onnx': Buffer.from('mine') });
  const refused = await fold(folder, 'm.onnx -o s.onnx');
  expect([refused.status, refused.problems]).toEqual([1, ['softpool: s.onnx already exists; use --force to replace it']]);
  const dryJson = await fold(folder, 'm.onnx -o other.onnx --dry-run --json');
  expect(JSON.parse(dryJson.stdout.toString())).toMatchObject({ dryRun: true, output: 'other.onnx', folded: 1 });
  const dry = await fold(folder, 'm.onnx -o other.onnx --dry-run');
  expect([dry.status, dry.stdout.toString()]).toEqual([
    0,
    expect.stringMatching(/m\.onnx → other\.onnx \(dry run: nothing was written\)\n$/),
  ]);
  expect(await readFile(join(folder, 's.onnx'), 'utf8')).toBe('mine');
  expect((await fold(folder, 'm.onnx -o s.onnx --force')).status).toBe(0);
  expect(await filesBelow(folder)).toEqual(['m.onnx', 's.onnx']);
});

test.each<[string, () => Promise<Record<string, Uint8Array>>, string, number, RegExp]>([
  ['a missing file', async () => ({}), 'm.onnx -o s.onnx', 1, /^softpool: m\.onnx: no such file or folder$/],
  [
    'a truncated model',
    async () => ({ 'm.onnx': COPY.subarray(0, 100) }),
    'm.onnx -o s.onnx',
    1,
    /^softpool: m\.onnx: not an ONNX model, or truncated/,
  ],
  [
    'a model without exponentials',
    async () => ({ 'm.onnx': STEM }),
    'm.onnx -o s.onnx',
    1,
    /^softpool: m\.onnx: nothing to fold: the model has no soft pooling made of exponentials$/,
  ],
  [
    'what is only nearly soft pooling',
    async () => ({ 'm.onnx': await readFile(NEAR) }),
    'm.onnx -o s.onnx',
    1,
    /^softpool: m\.onnx: nothing to fold: \/Div, AveragePool\(x·eˣ\) \/ AveragePool\(eˣ\), was refused: it adds 0\.01 to the denominator, /,
  ],
  ['no output', async () => ({ 'm.onnx': COPY }), 'm.onnx', 2, /^softpool: missing --output <path>$/],
])('%s: one line, and nothing is written', async (_, make, line, code, problem) => {
  const files = await make();
  const folder = await folderWith(files);
  const { status, problems } = await fold(folder, line);
  expect([status, problems[0]]).toEqual([code, expect.stringMatching(problem)]);
  expect(await filesBelow(folder)).toEqual(Object.keys(files));
});
