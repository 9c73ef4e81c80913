import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFirst } from '@softpool/testing/test-first';
import { expect, test } from 'vitest';
import { filesBelow, type Result, runCli, temporaryFolder } from '../../testing/run-cli.ts';

/** Max pooling 3×3/2 padded by 1, of tensors of any size, opset 13. */
const STEM = Buffer.from(
  'CAg6nAEKUQoBeBIBeRoEcG9vbCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEHKhAKB3N0cmlkZXNAAkACoAEHKhEKBHBhZHNAAUABQAFAAaABBxIFZ3JhcGhaHwoBeBIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdiHwoBeRIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdCBAoAEA0=',
  'base64',
);

/** The same, with a tensor of 256 bytes in weights.bin. */
const EXTERNAL = Buffer.from(
  'CAg6zwEKUQoBeBIBeRoEcG9vbCIHTWF4UG9vbCoVCgxrZXJuZWxfc2hhcGVAA0ADoAEHKhAKB3N0cmlkZXNAAkACoAEHKhEKBHBhZHNAAUABQAFAAaABBxIFZ3JhcGgqMQhAEAFCAXdqFwoIbG9jYXRpb24SC3dlaWdodHMuYmluag0KBmxlbmd0aBIDMjU2cAFaHwoBeBIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdiHwoBeRIaChgIARIUCgMSAU4KAxIBQwoDEgFICgMSAVdCBAoAEA0=',
  'base64',
);

/** Runs `softpool`, its arguments written as on a command line, without quotes. */
function onnx(folder: string, line: string): Promise<Result> {
  return runCli(folder, [...line.split(' ')]);
}

async function folderWith(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

test('inspect lists the pooling, swap replaces it, check finds the same shapes, bench measures', async () => {
  const folder = await folderWith({ 'stem.onnx': STEM });
  const inspected = await onnx(folder, 'inspect stem.onnx');
  expect(inspected.stdout.toString()).toMatch(/│ 0 │ pool │ max 3×3\/2 pad 1 │ float32 │ N × C × H × W │ yes +│/);
  const swapped = await onnx(folder, 'swap stem.onnx -o soft.onnx --beta 2 --pool-weights shared');
  expect([swapped.status, swapped.stderr]).toEqual([0, 'stem.onnx → soft.onnx\n']);
  expect(swapped.stdout.toString()).toMatch(
    /│ pool │ max 3×3\/2 pad 1 │ soft 2×2\/2, ceil, β 2, shared weights │ N × C × H × W │ 2×2\/2 as in the paper/,
  );
  const checked = JSON.parse((await onnx(folder, 'check stem.onnx soft.onnx --input-size 2x3x9x8 --json')).stdout.toString());
  expect(checked.outputs).toMatchObject([{ output: 'y', shape: [2, 3, 5, 4], shapeAfter: [2, 3, 5, 4] }]);
  expect(checked.outputs[0].largest).toBeGreaterThan(0.1);
  const timed = JSON.parse(
    (await onnx(folder, 'bench stem.onnx soft.onnx --input-size x=1x4x32x32 --runs 3 --threads 1 --json')).stdout.toString(),
  );
  expect(timed.ratio).toBeCloseTo(timed.after.median / timed.before.median, 12);
});

test('check finds no difference between a model and itself on the numbers of a file', async () => {
  const folder = await folderWith({ 'stem.onnx': STEM, 'x.bin': new Uint8Array(Float32Array.of(4, 1, 2, 3).buffer) });
  const { status, stdout } = await onnx(folder, 'check stem.onnx stem.onnx --input-size 1x1x2x2 --inputs x.bin --json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout.toString()).outputs).toEqual([
    {
      output: 'y',
      type: 'float32',
      shape: [1, 1, 1, 1],
      shapeAfter: [1, 1, 1, 1],
      largest: 0,
      relative: 0,
      changed: 0,
      sameTop1: null,
    },
  ]);
  expect((await onnx(folder, 'check stem.onnx stem.onnx --inputs x.bin')).problems).toEqual([
    'softpool: x.bin has 16 bytes, but the input takes 4; give its --input-size',
  ]);
});

test('swap creates missing folders, as all commands do', async () => {
  const folder = await folderWith({ 'stem.onnx': STEM });
  expect((await onnx(folder, 'swap stem.onnx -o new/deep/soft.onnx')).status).toBe(0);
  expect(await filesBelow(folder)).toEqual(['new/deep/soft.onnx', 'stem.onnx']);
});

test('swap prints JSON, and leaves an existing file alone without --force', async () => {
  const folder = await folderWith({ 'stem.onnx': STEM, 'soft.onnx': Buffer.from('mine') });
  const refused = await onnx(folder, 'swap stem.onnx -o soft.onnx --json');
  expect([refused.status, refused.problems]).toEqual([1, ['softpool: soft.onnx already exists; use --force to replace it']]);
  expect(await readFile(join(folder, 'soft.onnx'), 'utf8')).toBe('mine');
  const { stdout } = await onnx(folder, 'swap stem.onnx -o soft.onnx --json --force --window same --inline --where 0');
  expect(JSON.parse(stdout.toString())).toEqual({
    input: 'stem.onnx',
    output: 'soft.onnx',
    replaced: 1,
    changes: [
      {
        index: 0,
        name: 'pool',
        path: 'pool',
        type: 'MaxPool',
        action: 'replaced',
        before: 'max 3×3/2 pad 1',
        after: 'soft 3×3/2 pad 1',
        reason: 'same window',
        outputShape: ['N', 'C', 'H', 'W'],
      },
    ],
  });
  expect(await filesBelow(folder)).toEqual(['soft.onnx', 'stem.onnx']);
});

test('swap writes operators that are fast on CPUs with --for cpu', { tags: 'long' }, async () => {
  const folder = await folderWith({ 'stem.onnx': STEM });
  const hasGuard = async (flags: string): Promise<boolean> => {
    expect((await onnx(folder, `swap stem.onnx -o soft.onnx --force ${flags}`)).status).toBe(0);
    return (await readFile(join(folder, 'soft.onnx'))).includes('AveragePool');
  };
  expect(await hasGuard('--for cpu')).toBe(true);
  for (const flags of ['--window same', '--for any', '--for gpu']) expect(await hasGuard(flags)).toBe(false);
});

testFirst<[string, Record<string, Uint8Array>, string, RegExp]>(3, [
  ['a missing file', {}, 'swap m.onnx -o s.onnx', /^softpool: m\.onnx: no such file or folder$/],
  [
    'a folder without a model',
    {},
    'inspect .',
    /^softpool: \. is a folder without a model: it has neither the model\.json of TensorFlow\.js nor the config\.json of a run or of a Hugging Face model$/,
  ],
  ['a folder as the output', { 'm.onnx': STEM }, 'swap m.onnx -o . --force', /^softpool: cannot write \.: /],
  [
    'a truncated model',
    { 'm.onnx': STEM.subarray(0, 100) },
    'swap m.onnx -o s.onnx',
    /^softpool: m\.onnx: not an ONNX model, or truncated: /,
  ],
  [
    'nothing to replace',
    { 'm.onnx': STEM },
    'swap m.onnx -o s.onnx --from average',
    /^softpool: m\.onnx: nothing to replace: pool, max 3×3\/2 pad 1, was kept \(not selected by `from`\)$/,
  ],
  [
    'missing weights',
    { 'm.onnx': EXTERNAL },
    'swap m.onnx -o s.onnx',
    /^softpool: m\.onnx: the data of tensor w is missing: no such file: weights\.bin$/,
  ],
  [
    'truncated weights',
    { 'm.onnx': EXTERNAL, 'weights.bin': new Uint8Array(255) },
    'inspect m.onnx',
    /^softpool: m\.onnx: the data of tensor w is cut off: weights\.bin has 255 bytes, not 256$/,
  ],
  [
    'an output in another folder than the weights',
    { 'm.onnx': EXTERNAL, 'weights.bin': new Uint8Array(256) },
    'swap m.onnx -o /tmp/s.onnx',
    /^softpool: m\.onnx: its weights in weights\.bin are not copied; write the new model into the same folder$/,
  ],
])('%s: the command prints one line and writes nothing', async (_, files, line, problem) => {
  const folder = await folderWith(files);
  const { status, problems } = await onnx(folder, line);
  expect(status).toBe(1);
  expect(problems).toEqual([expect.stringMatching(problem)]);
  expect(await filesBelow(folder)).toEqual(Object.keys(files).sort());
});

test('weights outside the folder are refused, even by a link; beside the model they stay as they are', async () => {
  const folder = await folderWith({ 'secret.bin': new Uint8Array(256).fill(7) });
  await mkdir(join(folder, 'model'));
  await writeFile(join(folder, 'model/m.onnx'), EXTERNAL);
  await symlink('../secret.bin', join(folder, 'model/weights.bin'));
  const { problems } = await onnx(folder, 'swap model/m.onnx -o model/s.onnx');
  expect(problems).toEqual([expect.stringMatching(/w is in .*secret\.bin, outside the folder of the model$/)]);

  const beside = await folderWith({ 'm.onnx': EXTERNAL, 'weights.bin': new Uint8Array(256).fill(7) });
  expect((await onnx(beside, 'swap m.onnx -o s.onnx')).status).toBe(0);
  expect((await onnx(beside, 'check m.onnx s.onnx --input-size 1x1x4x4')).status).toBe(0);
  expect(new Set(await readFile(join(beside, 'weights.bin')))).toEqual(new Set([7]));
});

test('no name of the external weights is written over, and nothing that is not a file is read', async () => {
  const folder = await folderWith({ 'model.onnx': EXTERNAL, 'weights.bin': new Uint8Array(256).fill(7) });
  await symlink('weights.bin', join(folder, 'link.bin'));
  await link(join(folder, 'weights.bin'), join(folder, 'hard.bin'));
  await symlink('.', join(folder, 'here'));
  for (const output of ['weights.bin', './weights.bin', 'link.bin', 'hard.bin', 'here/weights.bin']) {
    const { status, stderr } = await onnx(folder, `swap model.onnx -o ${output} --force`);
    expect([status, stderr]).toEqual([1, `softpool: model.onnx: ${output} is a file of this model; choose another --output\n`]);
  }
  expect(await readFile(join(folder, 'weights.bin'))).toEqual(Buffer.alloc(256, 7));
  const device = await onnx(folder, 'swap /dev/zero -o soft.onnx');
  expect([device.status, device.stderr]).toEqual([1, 'softpool: /dev/zero is a device or a pipe, not the file of a model\n']);
});

testFirst<[string, RegExp]>(2, [
  ['swap m.onnx -o s.onnx --from Max', /It must be one of max, average, .*\. Did you mean max\?/],
  [
    'swap m.onnx -o s.onnx --where pool9',
    /m\.onnx: --where must be the name, path or index of a pooling, received 'pool9'; the model has pool/,
  ],
  ['swap m.onnx -o s.onnx --from soft --to max', /--to max is for TensorFlow\.js models/],
  ['swap m.onnx -o s.onnx --gradient exact', /--gradient is for TensorFlow\.js models/],
  ['export m.onnx -o s.onnx', /m\.onnx is not a TensorFlow\.js model or a run/],
  ['check m.onnx m.onnx --input-size z=1x1x2x2', /--input-size must name one of the inputs: x/],
])('invalid arguments have exit code 2: %s', async (line, message) => {
  const { status, stderr } = await onnx(await folderWith({ 'm.onnx': STEM }), line);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});
