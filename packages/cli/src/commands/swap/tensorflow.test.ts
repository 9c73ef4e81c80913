import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testFirst } from '@softpool/testing/test-first';
import { describe, expect, test } from 'vitest';
import { filesBelow, type Result, type RunOptions, runCli, temporaryFolder } from '../../testing/run-cli.ts';

/** Runs `softpool swap`, its arguments written as on a command line, without quotes. */
function swap(folder: string, line: string, options?: RunOptions): Promise<Result> {
  return runCli(folder, ['swap', ...line.split(' ')], options);
}

/** A model of two poolings, its weight files with random bytes. */
const LAYERS = {
  format: 'layers-model',
  generatedBy: 'keras v2.15.0',
  modelTopology: {
    keras_version: '2.15.0',
    model_config: {
      class_name: 'Sequential',
      config: {
        name: 'small',
        layers: [
          layer('Conv2D', 'conv', { batch_input_shape: [null, 9, 9, 1], filters: 2, kernel_size: [3, 3], padding: 'same' }),
          layer('MaxPooling2D', 'pool1', { pool_size: [3, 3], strides: [2, 2], padding: 'same' }),
          layer('AveragePooling2D', 'pool2', { pool_size: [2, 2], strides: [2, 2], padding: 'valid' }),
          layer('GlobalAveragePooling2D', 'head', {}),
        ],
      },
    },
  },
  weightsManifest: [
    {
      paths: ['group1-shard1of2.bin', 'more/group1-shard2of2.bin'],
      weights: [{ name: 'conv/kernel', shape: [3, 3, 1, 2], dtype: 'float32' }],
    },
  ],
};

const GRAPH = {
  format: 'graph-model',
  modelTopology: {
    node: [
      { name: 'x', op: 'Placeholder' },
      {
        name: 'block/pool',
        op: 'MaxPool',
        input: ['x'],
        attr: { ksize: integers(1, 2, 2, 1), strides: integers(1, 2, 2, 1), padding: { s: btoa('VALID') } },
      },
    ],
  },
  weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights: [] }],
};

function layer(className: string, name: string, config: object): object {
  return { class_name: className, config: { name, trainable: true, ...config } };
}

function integers(...values: number[]): object {
  return { list: { i: values.map(String) } };
}

/** A folder with a model in `model/`. */
async function folderWith(model: { modelTopology: object; weightsManifest?: readonly { paths: readonly string[] }[] }): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'model/more'), { recursive: true });
  await writeFile(join(folder, 'model/model.json'), JSON.stringify(model));
  for (const path of model.weightsManifest?.[0]?.paths ?? []) await writeFile(join(folder, 'model', path), randomBytes(300_000));
  return folder;
}

async function hash(...path: string[]): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(...path)))
    .digest('hex');
}

test('swap replaces the pooling of a layers model, copies its weights byte for byte and prints a table', async () => {
  const folder = await folderWith(LAYERS);
  const { status, stdout, stderr } = await swap(folder, 'model/model.json -o new/soft --from max average --beta 2 --pool-weights shared');
  expect([status, stderr]).toEqual([0, 'model/model.json → new/soft/model.json, 2 weight files\n']);
  expect(stdout.toString()).toMatch(
    /│ pool1 +│ max 3×3\/2 same +│ soft 2×2\/2 same, β 2, shared weights +│ \? × 5 × 5 × 2 +│ 2×2\/2 as in the paper: same output size +│/,
  );
  expect(stdout.toString()).toMatch(/│ head +│ global average +│ kept +│ \? × 2 +│ not selected by `from` +│/);
  expect(await filesBelow(join(folder, 'new'))).toEqual(['soft/group1-shard1of2.bin', 'soft/model.json', 'soft/more/group1-shard2of2.bin']);
  for (const shard of LAYERS.weightsManifest[0]!.paths) {
    expect(await hash(folder, 'new/soft', shard)).toBe(await hash(folder, 'model', shard));
  }
  const expected = structuredClone(LAYERS);
  const operator = { beta: 2, weights: 'shared', gradient: 'weights' };
  expected.modelTopology.model_config.config.layers.splice(
    1,
    2,
    layer('SoftPooling2D', 'pool1', { pool_size: [2, 2], strides: [2, 2], padding: 'same', ...operator }),
    layer('SoftPooling2D', 'pool2', { pool_size: [2, 2], strides: [2, 2], padding: 'valid', ...operator }),
  );
  expect(JSON.parse(await readFile(join(folder, 'new/soft/model.json'), 'utf8'))).toEqual(expected);
});

test('swap replaces the pooling of a graph model and back, and prints JSON', async () => {
  const folder = await folderWith(GRAPH);
  const { status, stdout, stderr } = await swap(folder, 'model/model.json -o soft --json --where block/pool --gradient exact');
  expect([status, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout.toString())).toEqual({
    input: 'model/model.json',
    output: 'soft/model.json',
    replaced: 1,
    changes: [
      {
        index: 0,
        name: 'block/pool',
        path: 'block/pool',
        type: 'MaxPool',
        action: 'replaced',
        before: 'max 2×2/2',
        after: 'soft 2×2/2, exact gradient',
        reason: 'same window',
      },
    ],
  });
  expect((await swap(folder, 'soft/model.json -o back --from soft --to max')).status).toBe(0);
  expect(JSON.parse(await readFile(join(folder, 'back/model.json'), 'utf8'))).toEqual(GRAPH);
});

describe('the output folder', () => {
  test('is left alone without --force if it is not empty; with --force other files stay, even in the folder of the model', async () => {
    const folder = await folderWith(LAYERS);
    await writeFile(join(folder, 'model/notes.txt'), 'mine');
    const before = await Promise.all(['model.json', ...LAYERS.weightsManifest[0]!.paths].map((path) => hash(folder, 'model', path)));
    const refused = await swap(folder, 'model/model.json -o model');
    expect([refused.status, refused.stderr]).toEqual([1, 'softpool: model is not empty; use --force to write into it\n']);
    expect((await swap(folder, 'model/model.json -o model --force')).status).toBe(0);
    const after = await Promise.all(['model.json', ...LAYERS.weightsManifest[0]!.paths].map((path) => hash(folder, 'model', path)));
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(after[0]).not.toBe(before[0]);
    expect(await filesBelow(join(folder, 'model'))).toEqual([
      'group1-shard1of2.bin',
      'model.json',
      'more/group1-shard2of2.bin',
      'notes.txt',
    ]);
  });

  test('may exist if it is empty; a path below a file is refused', async () => {
    const folder = await folderWith(GRAPH);
    await mkdir(join(folder, 'empty'));
    expect((await swap(folder, 'model/model.json -o empty/')).status).toBe(0);
    expect(await filesBelow(join(folder, 'empty'))).toEqual(['group1-shard1of1.bin', 'model.json']);
    const inFile = await swap(folder, 'model/model.json -o model/model.json');
    expect([inFile.status, inFile.stderr]).toEqual([
      1,
      expect.stringMatching(/^softpool: cannot write model\/model\.json: a part of the path is a file, not a folder\n$/),
    ]);
  });

  test('does not exist after the weights could not be copied', async () => {
    const folder = await folderWith(LAYERS);
    await chmod(join(folder, 'model/more/group1-shard2of2.bin'), 0);
    await chmod(folder, 0o777);
    const { status, stderr } = await swap(folder, 'model/model.json -o soft', { unprivileged: true });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^softpool: cannot write soft: permission denied\n$/)]);
    expect((await filesBelow(folder)).filter((file) => !file.startsWith('model/'))).toEqual([]);
  });
});

test('a byte order mark before the model.json is accepted', { tags: 'long' }, async () => {
  const folder = await folderWith(GRAPH);
  await writeFile(join(folder, 'model/model.json'), `\uFEFF${JSON.stringify(GRAPH)}`);
  expect((await swap(folder, 'model -o soft')).status).toBe(0);
  expect(JSON.parse(await readFile(join(folder, 'soft/model.json'), 'utf8')).modelTopology.node[1].op).toBe('SoftPool');
});

test('weights behind a link that leaves the folder are refused, and no weights are written over', async () => {
  const folder = await folderWith(GRAPH);
  await rename(join(folder, 'model/group1-shard1of1.bin'), join(folder, 'secret.bin'));
  await symlink('../secret.bin', join(folder, 'model/group1-shard1of1.bin'));
  const { status, stderr } = await swap(folder, 'model -o soft');
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(
      /^softpool: model\/model\.json: the weights in group1-shard1of1\.bin are in \/.*\/secret\.bin, outside the folder of the model\n$/,
    ),
  ]);
  const shifted = await folderWith({ ...GRAPH, weightsManifest: [{ paths: ['w.bin', 'more/w.bin'] }] });
  const before = await hash(shifted, 'model/more/w.bin');
  await symlink('more', join(shifted, 'model/link'));
  const refused = await swap(shifted, 'model -o model/link --force');
  expect([refused.status, refused.stderr]).toEqual([
    1,
    'softpool: model/model.json: model/link/w.bin is a file of this model; choose another --output\n',
  ]);
  expect(await hash(shifted, 'model/more/w.bin')).toBe(before);
});

test('a model.json of huge layers is swapped without their weights', { tags: 'long' }, async () => {
  const units = (count: number, config: object = {}) =>
    layer('Dense', `dense${count}`, { units: count, activation: 'linear', use_bias: true, ...config });
  const layers = [
    units(4_000_000, { batch_input_shape: [null, 4_000_000] }), // 64 TB in float32
    layer('Reshape', 'reshape', { target_shape: [2000, 2000, 1] }),
    layer('MaxPooling2D', 'pool', { pool_size: [2, 2], strides: [2, 2], padding: 'valid' }),
  ];
  const folder = await folderWith({
    ...LAYERS,
    modelTopology: { class_name: 'Sequential', config: { name: 'huge', layers } },
    weightsManifest: [],
  });
  const { status, stdout } = await swap(folder, 'model -o soft --json');
  expect([status, JSON.parse(stdout.toString()).changes[0].outputShape]).toEqual([0, [null, 1000, 1000, 1]]);
});

test('models and lists that are nested without end are one line', { tags: 'long' }, async () => {
  const folder = await temporaryFolder();
  const model = (depth: number): string => `${'{"class_name":"Model","config":{"name":"m","layers":['.repeat(depth)}${']}}'.repeat(depth)}`;
  for (const topology of [model(1000), `{"class_name":"Sequential","config":${'['.repeat(100_000)}${']'.repeat(100_000)}}`]) {
    await writeFile(join(folder, 'model.json'), `{"modelTopology":${topology}}`);
    const { status, stderr } = await swap(folder, 'model.json -o soft');
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^softpool: model\.json: .* nested more than 500 levels deep.*\n$/)]);
  }
});

describe('swap fails with one line and writes nothing for', () => {
  const manifest = (...paths: unknown[]) => ({ ...GRAPH, weightsManifest: [{ paths, weights: [] }] });

  testFirst(3, [
    ['not JSON', '{', /^softpool: model\/model\.json is not JSON: .*\n$/],
    ['other JSON', '[1]', 'softpool: model/model.json has no modelTopology: it is not the model.json of a TensorFlow.js model\n'],
    [
      'a topology of neither kind',
      '{"modelTopology":{"x":1}}',
      'softpool: model/model.json: modelJson.modelTopology must be an object with node, model_config, or class_name and config, received Object with x\n',
    ],
    [
      'missing weights',
      manifest('lost.bin'),
      'softpool: model/model.json: the weights in lost.bin are missing: no such file: model/lost.bin\n',
    ],
    [
      'weights outside the folder',
      manifest('../secret.bin'),
      'softpool: model/model.json: the weight file ../secret.bin is outside the folder of the model\n',
    ],
    [
      'weights at an absolute path',
      manifest('/etc/hostname'),
      'softpool: model/model.json: the weight file /etc/hostname is outside the folder of the model\n',
    ],
    [
      'weights in the model.json itself',
      manifest('./model.json'),
      'softpool: model/model.json: its weightsManifest names model.json itself as a weight file\n',
    ],
    [
      'an invalid manifest',
      { ...GRAPH, weightsManifest: [1] },
      'softpool: model/model.json: its weightsManifest is not a list of groups with paths\n',
    ],
    [
      'a model without pooling',
      { modelTopology: { node: [] } },
      'softpool: model/model.json: nothing to replace: the model has no pooling\n',
    ],
  ])('%s', async (_, content, message) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'model'));
    await writeFile(join(folder, 'model/model.json'), typeof content === 'string' ? content : JSON.stringify(content));
    await writeFile(join(folder, 'secret.bin'), 'secret');
    const { status, stdout, stderr } = await swap(folder, 'model/model.json -o soft');
    expect([status, stdout.toString(), stderr]).toEqual([1, '', typeof message === 'string' ? message : expect.stringMatching(message)]);
    expect(await filesBelow(folder)).toEqual(['model/model.json', 'secret.bin']);
  });

  test('a missing file, poolings of other kinds, and unknown names', async () => {
    const folder = await folderWith(LAYERS);
    const messages = await Promise.all(
      ['none.json -o soft', 'model/model.json -o soft --from soft --to max', 'model/model.json -o soft --where pool3'].map(async (line) => {
        const { status, stderr } = await swap(folder, line);
        return [status, stderr];
      }),
    );
    expect(messages).toEqual([
      [1, 'softpool: none.json: no such file or folder\n'],
      [1, 'softpool: model/model.json: nothing to replace: pool1, max 3×3/2 same, was kept (already max pooling), and 2 more\n'],
      [
        2,
        "softpool: model/model.json: --where must be the name, path or index of a pooling, received 'pool3'; the model has pool1, pool2, head\n(see softpool swap --help)\n",
      ],
    ]);
    expect(await filesBelow(join(folder, 'soft'))).toEqual([]);
  });
});

test('invalid arguments have exit code 2 and a hint at the help', async () => {
  const hint = '(see softpool swap --help)\n';
  const runs = [
    [
      'm.json -o x --from maximum',
      "softpool: option '--from <kinds...>' argument 'maximum' is invalid. It must be one of max, average, soft, globalMax, globalAverage, globalSoft.\n",
    ],
    ['m.json -o x --to l2', "softpool: option '--to <kind>' argument 'l2' is invalid. It must be one of soft, max, average.\n"],
    ['m.json -o x --beta -1', "softpool: option '--beta <number>' argument '-1' is invalid. It must be a number of at least 0.\n"],
    ['m.json -o x --from soft', 'softpool: --from soft is soft pooling already, as --to says\n'],
    ['m.json -o x --to average --window same', 'softpool: --window needs --to soft\n'],
    ['m.json -o x --to average --gradient exact', 'softpool: --gradient needs --to soft\n'],
    ['m.json -o x --to average --window same', 'softpool: --window needs --to soft\n'],
    ['m.json -o x --from average --window same', 'softpool: --window needs --from max\n'],
    ['m.json', 'softpool: missing --output <path>\n'],
    ['-o x', 'softpool: missing <model>\n'],
  ] as const;
  const results = await Promise.all(
    runs.map(async ([line]) => {
      const { status, stdout, stderr } = await swap(tmpdir(), line);
      return [line, status, stdout.toString(), stderr];
    }),
  );
  expect(results).toEqual(runs.map(([line, message]) => [line, 2, '', message + hint]));
});

testFirst<[string, object, string]>(1, [
  ['padding', { padding: { s: btoa('WEIRD') } }, "padding must be 'VALID', 'SAME' or 'EXPLICIT', received 'WEIRD'"],
  ['ksize', { ksize: {} }, 'ksize must be 4 or 5 positive integers, received []'],
])('swap names the node of a graph whose %s is invalid', async (_, attributes, message) => {
  const graph = structuredClone(GRAPH);
  Object.assign(graph.modelTopology.node[1]?.attr as object, attributes);
  const { status, problems } = await swap(await folderWith(graph), 'model -o soft');
  expect([status, problems]).toEqual([1, [`softpool: model/model.json: block/pool: ${message}`]]);
});
