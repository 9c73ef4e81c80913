import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BACKBONES, type BackboneName } from './catalogue.ts';
import { type BackboneOptions, createBackbone, describeBackbone } from './create.ts';
import type { PoolReport } from './pools.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

afterEach(() => {
  tf.disposeVariables();
});

/** Layers and shapes, as in `maxpool 56×56×64`; for clips, time first. */
function shapes(name: BackboneName, options: BackboneOptions, layers: readonly string[]): string[] {
  const described = describeBackbone(name, options).layers;
  return layers.map((wanted) => {
    const layer = described.find((candidate) => candidate.name === wanted);
    return `${wanted} ${layer?.outputShape.slice(1).join('×')}`;
  });
}

function pools(name: BackboneName, options: BackboneOptions): string[] {
  return describeBackbone(name, options).pools.map(({ layer, original, is }: PoolReport) => `${layer}: ${original} → ${is}`);
}

describe('shapes of features', () => {
  const RESNET = ['conv1', 'maxpool', 'layer1.0.add', 'layer2.0.add', 'layer3.0.add', 'layer4.0.add', 'avgpool', 'fc'];

  test('in ResNets are halved five times with any pool', () => {
    const expected = ['112×112×64', '56×56×64', '56×56×256', '28×28×512', '14×14×1024', '7×7×2048', '2048', '1000'];
    for (const pool of ['soft', 'max', 'average'] as const) {
      expect(shapes('resnet50', { pool }, RESNET)).toEqual(RESNET.map((layer, index) => `${layer} ${expected[index]}`));
    }
  });

  test('differ for odd sizes: max pooling pads with zeros, SoftPool drops the last row and column', () => {
    // 33 × 45 after the first convolution.
    const input: BackboneOptions = { inputShape: [66, 90, 3], classes: 7 };
    expect(shapes('resnet18', { ...input, pool: 'max' }, ['maxpool', 'layer4.1.add', 'fc'])).toEqual([
      'maxpool 17×23×64',
      'layer4.1.add 3×3×512',
      'fc 7',
    ]);
    expect(shapes('resnet18', input, ['maxpool', 'layer4.1.add'])).toEqual(['maxpool 16×22×64', 'layer4.1.add 2×3×512']);
  });

  test('in DenseNet-121', () => {
    const layers = ['features.pool0', 'features.denseblock1.denselayer6.concat', 'features.transition1.pool', 'features.norm5'];
    expect(shapes('densenet121', {}, layers)).toEqual([
      'features.pool0 56×56×64',
      'features.denseblock1.denselayer6.concat 56×56×256',
      'features.transition1.pool 28×28×128',
      'features.norm5 7×7×1024',
    ]);
  });

  test('in Inception-v3 are those of torchvision’s comments', () => {
    const layers = ['Conv2d_1a_3x3.conv', 'Conv2d_2a_3x3.conv', 'maxpool1', 'Conv2d_4a_3x3.conv', 'maxpool2', 'Mixed_5b.concat'];
    const deeper = ['Mixed_5d.concat', 'Mixed_6a.concat', 'Mixed_6e.concat', 'AuxLogits.pool', 'Mixed_7a.concat', 'Mixed_7c.concat'];
    const expected = ['149×149×32', '147×147×32', '73×73×64', '71×71×192', '35×35×192', '35×35×256'];
    const expectedDeeper = ['35×35×288', '17×17×768', '17×17×768', '5×5×768', '8×8×1280', '8×8×2048'];
    for (const pool of ['soft', 'max'] as const) {
      expect(shapes('inception_v3', { pool, auxiliary: true }, [...layers, ...deeper])).toEqual(
        [...layers, ...deeper].map((layer, index) => `${layer} ${[...expected, ...expectedDeeper][index]}`),
      );
    }
  });

  test('in GoogLeNet, whose windows may exceed the input', () => {
    const layers = ['maxpool1', 'maxpool2', 'maxpool3', 'maxpool4', 'inception5b.concat'];
    const expected = ['56×56×64', '28×28×192', '14×14×480', '7×7×832', '7×7×1024'];
    for (const pool of ['soft', 'max'] as const) {
      expect(shapes('googlenet', { pool }, layers)).toEqual(layers.map((layer, index) => `${layer} ${expected[index]}`));
    }
    // 47 × 34 → 24 × 17 → 12 × 8 (17 fits eight windows exactly) → 6 × 4 → 3 × 2 → 2 × 1
    for (const pool of ['soft', 'average', 'max'] as const) {
      // A SoftPool that cannot have just eight windows is followed by a crop.
      const first = pool === 'max' ? 'maxpool1' : 'maxpool1.crop';
      const odd = [first, 'maxpool2', 'maxpool3', 'maxpool4', 'inception5b.branch4.1.conv'];
      const sizes = ['12×8×64', '6×4×192', '3×2×480', '2×1×832', '2×1×128'];
      expect(shapes('googlenet', { pool, inputShape: [47, 34, 3] }, odd)).toEqual(odd.map((layer, index) => `${layer} ${sizes[index]}`));
    }
  });

  test('in networks for clips', () => {
    const layers = ['stem.2', 'layer1.1.add', 'layer2.0.add', 'layer3.0.add', 'layer4.1.add', 'avgpool', 'fc'];
    const expected = ['16×56×56×64', '16×56×56×64', '8×28×28×128', '4×14×14×256', '2×7×7×512', '512', '400'];
    expect(shapes('r3d_18', {}, layers)).toEqual(layers.map((layer, index) => `${layer} ${expected[index]}`));
    const sequence = ['stem.0', 'stem.3', 'layer2.0.conv1.0.0', 'layer2.0.conv1.0.3', 'layer2.0.conv2.0.0'];
    // Channels in between: 64·128·27 / (64·9 + 3·128) = 230.4
    expect(shapes('r2plus1d_18', {}, sequence)).toEqual([
      'stem.0 16×56×56×45',
      'stem.3 16×56×56×64',
      'layer2.0.conv1.0.0 16×28×28×230',
      'layer2.0.conv1.0.3 8×28×28×128',
      'layer2.0.conv2.0.0 8×28×28×230',
    ]);
    for (const pool of ['soft', 'max'] as const) {
      expect(shapes('r3d_50', { pool }, ['conv1', 'maxpool', 'layer4.2.add'])).toEqual([
        'conv1 16×56×56×64',
        'maxpool 8×28×28×64',
        'layer4.2.add 1×4×4×2048',
      ]);
    }
    expect(shapes('small3d', {}, ['pool1', 'pool2', 'pool3', 'bn4'])).toEqual([
      'pool1 8×16×16×8',
      'pool2 4×8×8×16',
      'pool3 2×4×4×32',
      'bn4 2×4×4×64',
    ]);
  });
});

describe('pools', () => {
  test('are soft in the paper’s positions, or in all', () => {
    expect(pools('resnet18', {})).toEqual(['maxpool: max 3×3/2 → soft 2×2/2', 'avgpool: global average → global average']);
    expect(pools('resnet18', { positions: 'all' })).toEqual(['maxpool: max 3×3/2 → soft 2×2/2', 'avgpool: global average → global soft']);
    expect(pools('densenet121', {})).toEqual([
      'features.pool0: max 3×3/2 → soft 2×2/2',
      ...[1, 2, 3].map((index) => `features.transition${index}.pool: average 2×2/2 → average 2×2/2`),
      'avgpool: global average → global average',
    ]);
    expect(pools('densenet121', { positions: 'all' }).slice(1, 2)).toEqual(['features.transition1.pool: average 2×2/2 → soft 2×2/2']);
    expect(pools('r3d_50', {})[0]).toBe('maxpool: max 3×3×3/2 → soft 2×2×2/2');
    expect(pools('small2d', {})).toEqual([
      'pool1: max 2×2/2 → soft 2×2/2',
      'pool2: max 2×2/2 → max 2×2/2',
      'avgpool: global average → global average',
    ]);
    expect(pools('small2d', { positions: 'all' }).slice(1)).toEqual([
      'pool2: max 2×2/2 → soft 2×2/2',
      'avgpool: global average → global soft',
    ]);
    expect(pools('small3d', {})[0]).toBe('pool1: max 1×2×2/1×2×2 → soft 1×2×2/1×2×2');
    for (const name of ['r3d_18', 'r2plus1d_18'] as const) expect(pools(name, {})).toEqual(['avgpool: global average → global soft']);
  });

  test('of Inception-v3 are four max pools, nine average pools of branches and the auxiliary head’s', () => {
    const found = pools('inception_v3', { auxiliary: true });
    const count = (text: string): number => found.filter((line) => line.endsWith(`: ${text}`)).length;
    expect(count('max 3×3/2 → soft 3×3/2')).toBe(4);
    expect(count('average 3×3/1 → soft 3×3/1')).toBe(9);
    expect(count('average 5×5/3 → soft 5×5/3')).toBe(1);
    expect(found).toHaveLength(16); // with the two global ones
  });

  test('with average pooling have the soft ones’ windows, and original average pools stay', () => {
    expect(pools('resnet18', { pool: 'average' })[0]).toBe('maxpool: max 3×3/2 → average 2×2/2');
    expect(pools('inception_v3', { pool: 'average' })).toContain('Mixed_5b.pool: average 3×3/1 → average 3×3/1');
    expect(pools('googlenet', { pool: 'average' })).toContain('inception3a.branch4.0: max 3×3/1 → average 3×3/1');
  });

  test('of the original network pad as in torchvision', () => {
    const x = tf.reshape(tf.range(0, 36), [1, 6, 6, 1]);
    const original = createBackbone('inception_v3', { pool: 'max', inputShape: [75, 75, 3], initialization: 'zeros' });
    const padded = original.getLayer('Mixed_5b.pool.pad').apply(x) as tf.Tensor;
    const average = original.getLayer('Mixed_5b.pool').apply(padded) as tf.Tensor4D;
    expect(average.arraySync()[0]![0]![0]![0]).toBeCloseTo((0 + 1 + 6 + 7) / 9, 5);
    expect(average.shape).toEqual([1, 6, 6, 1]);
    const soft = createBackbone('inception_v3', { beta: 0, inputShape: [75, 75, 3], initialization: 'zeros' });
    const withoutZeros = soft.getLayer('Mixed_5b.pool').apply(x) as tf.Tensor4D;
    expect(withoutZeros.arraySync()[0]![0]![0]![0]).toBeCloseTo((0 + 1 + 6 + 7) / 4, 5);
  });

  test('have the given β, weights and gradient', () => {
    const options = { pool: 'soft', positions: 'all', beta: 2, weights: 'shared', gradient: 'exact' } as const;
    const model = createBackbone('resnet20', options);
    for (const layer of ['maxpool', 'avgpool']) {
      expect(model.getLayer(layer).getConfig()).toMatchObject({ beta: 2, weights: 'shared', gradient: 'exact' });
    }
  });
});

describe('initial weights', () => {
  const weightsOf = (model: tfl.LayersModel): Record<string, number[]> =>
    Object.fromEntries(model.weights.map((weight) => [weight.originalName, Array.from(weight.read().dataSync())]));

  test('depend on the seed and the layer’s name, not on the pooling', () => {
    const soft = weightsOf(createBackbone('resnet20', { seed: 3 }));
    expect(weightsOf(createBackbone('resnet20', { seed: 3, pool: 'max' }))).toEqual(soft);
    const other = weightsOf(createBackbone('resnet20', { seed: 4 }));
    expect(other['conv1/kernel']).not.toEqual(soft['conv1/kernel']);
    expect(soft['layer1.0.conv1/kernel']).not.toEqual(soft['layer1.0.conv2/kernel']);
  });

  test('have the deviation of He et al. by fan-out, and dense layers are within 1 / √fan-in', () => {
    const weights = weightsOf(createBackbone('resnet20', {}));
    for (const [name, outputs] of [
      ['layer2.1.conv1/kernel', 32 * 9],
      ['layer3.2.conv2/kernel', 64 * 9],
    ] as const) {
      const values = weights[name]!;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
      const expected = Math.sqrt(2 / outputs);
      // 4 standard errors.
      expect(Math.abs(deviation / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * values.length));
    }
    const largest = Math.max(...weights['fc/kernel']!.map(Math.abs));
    expect(largest).toBeLessThan(1 / 8);
    expect(largest).toBeGreaterThan(0.98 / 8);
    expect(Math.max(...weights['fc/bias']!.map(Math.abs))).toBeLessThan(1 / 8);
    expect(new Set(weights['fc/bias']).size).toBe(10);
    expect(new Set(weights['bn1/gamma'])).toEqual(new Set([1]));
    expect(new Set(weights['bn1/moving_variance'])).toEqual(new Set([1]));
  });

  test('of other families have the distributions of torchvision', () => {
    const fans = { in: 32, out: 50 };
    const { densenet121, googlenet, r3d_18: clips } = BACKBONES;
    expect(densenet121.scheme.convolution(fans)).toEqual({ normal: 1 / 4 }); // √(2 / 32)
    expect([densenet121, clips].map(({ scheme }) => scheme.bias(fans))).toEqual(['zeros', 'zeros']);
    expect(clips.scheme.convolution(fans)).toEqual({ normal: 1 / 5 }); // √(2 / 50)
    expect(clips.scheme.dense(fans)).toEqual({ normal: 0.01 });
    expect(googlenet.scheme.convolution(fans)).toEqual({ normal: 0.01 });
  });

  test('of Inception-v3 have one deviation, and the auxiliary head smaller ones', { tags: 'long' }, () => {
    const model = createBackbone('inception_v3', { classes: 10, auxiliary: true });
    for (const [layer, deviation] of [
      ['Conv2d_4a_3x3.conv', 0.1],
      ['AuxLogits.conv0.conv', 0.1],
      // torchvision means 0.01 here, but says so where it does not read it.
      ['AuxLogits.conv1.conv', 0.1],
      ['AuxLogits.fc', 0.001],
    ] as const) {
      const values = Array.from(model.getLayer(layer).weights[0]!.read().dataSync());
      const found = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
      // 4 standard errors.
      expect(Math.abs(found / deviation - 1)).toBeLessThan(4 / Math.sqrt(2 * values.length));
    }
    expect(model.getLayer('dropout').getConfig().rate).toBe(0.5);
  });

  test('are zeros with initialization zeros', () => {
    const { 'conv1/kernel': kernel, 'fc/bias': bias } = weightsOf(createBackbone('resnet20', { initialization: 'zeros' }));
    expect(new Set([...kernel!, ...bias!])).toEqual(new Set([0]));
  });
});

test('normalization has the ε and momentum of torchvision: 0.1 of each step', () => {
  for (const [name, layer, epsilon] of [
    ['resnet20', 'bn1', 1e-5],
    ['googlenet', 'conv1.bn', 1e-3],
  ] as const) {
    const model = createBackbone(name, { inputShape: [32, 32, 3], initialization: 'zeros' });
    expect(model.getLayer(layer).getConfig()).toMatchObject({ epsilon, momentum: 0.9 });
  }
});

test('inputs are normalized as for the published weights', () => {
  expect(describeBackbone('resnet50').normalization).toEqual({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
  const kinetics = { mean: [0.43216, 0.394666, 0.37645], std: [0.22803, 0.22145, 0.216989] };
  for (const name of ['r3d_18', 'r3d_50', 'r2plus1d_18'] as const) expect(BACKBONES[name].normalization).toEqual(kinetics);
});

describe('the auxiliary heads of GoogLeNet', () => {
  const model = () => createBackbone('googlenet', { inputShape: [64, 64, 3], classes: 2, auxiliary: true, initialization: 'zeros' });

  test('drop as much as in torchvision, each by a mask of its own', () => {
    const network = model();
    const dropouts = ['dropout', 'aux2.dropout', 'aux1.dropout'].map((name) => network.getLayer(name).getConfig());
    expect(dropouts.map(({ rate }) => rate)).toEqual([0.2, 0.7, 0.7]);
    expect(new Set(dropouts.map(({ seed }) => seed)).size).toBe(3);
  });

  test('flatten channels first, as PyTorch does', () => {
    const layer = model().getLayer('aux1.channels_first');
    // The value of row y, column x and channel c is 100 c + 10 y + x.
    const values = [0, 1, 2, 3].map((y) => [0, 1, 2, 3].map((x) => Array.from({ length: 128 }, (_, c) => 100 * c + 10 * y + x)));
    const flat = Array.from((layer.apply(tf.tensor4d([values])) as tf.Tensor).dataSync());
    expect(flat.slice(0, 6)).toEqual([0, 1, 2, 3, 10, 11]);
    expect(flat.slice(16, 18)).toEqual([100, 101]);
  });
});

describe('invalid options are errors', () => {
  const failing: readonly [string, BackboneOptions, string][] = [
    ['resnet19', {}, 'name must be one of resnet18, resnet34,'],
    ['constructor', {}, "small3d, received 'constructor'"],
    ['resnet18', { pool: 'sum' as 'max' }, "options.pool must be 'soft' or 'max' or 'average', received 'sum'"],
    [
      'resnet18',
      { inputShape: [64, 64] },
      'options.inputShape must be [height, width, channels], positive integers, for resnet18, received [64, 64]',
    ],
    ['r3d_18', { inputShape: [64, 64, 3] }, 'options.inputShape must be [frames, height, width, channels], positive integers, for r3d_18'],
    ['resnet18', { inputShape: [64, -1, 3] }, 'received [64, -1, 3]'],
    ['resnet18', { class: 3 } as object, 'options.class is not an option of this call; it takes pool, positions, weights, gradient,'],
    ['resnet18', { classes: 0 }, 'options.classes must be an integer from 1 to 100000, received 0'],
    ['resnet18', { seed: 0.5 }, 'options.seed must be a 32-bit integer, received 0.5'],
    ['resnet18', { beta: Number.NaN }, 'options.beta must be a finite number ≥ 0, received NaN'],
    ['resnet18', { pool: 'max', beta: 2 }, "options.beta must be left out unless options.pool is 'soft', received 2"],
    ['resnet18', { pool: 'average', weights: 'shared' }, "options.weights must be left out unless options.pool is 'soft'"],
    ['resnet18', { pool: 'max', gradient: 'weights' }, "options.gradient must be left out unless options.pool is 'soft'"],
    ['resnet18', { pool: 'max', positions: 'all' }, "options.positions must be left out if options.pool is 'max', received 'all'"],
    [
      'resnet18',
      { auxiliary: true },
      'options.auxiliary must be false for resnet18, received true; only inception_v3 and googlenet have auxiliary heads',
    ],
    [
      'resnet18',
      { inputShape: [2, 64, 3] },
      'large enough for resnet18, received [2, 64, 3]: maxpool gets 1 × 32, smaller than its window of 2 × 2',
    ],
    ['inception_v3', { inputShape: [74, 75, 3] }, 'Mixed_7a.branch3x3_2.conv gets 2 × 3, smaller than its window of 3 × 3'],
    ['densenet121', { inputShape: [15, 15, 3] }, 'features.transition3.pool gets 1 × 1, smaller than its window of 2 × 2'],
    ['small3d', { inputShape: [3, 32, 32, 3] }, 'pool3 gets 1 × 8 × 8, smaller than its window of 2 × 2 × 2'],
  ];
  for (const [name, options, message] of failing) {
    test(`${name} ${JSON.stringify(options)}`, () => {
      const before = tf.memory().numTensors;
      const create = (): unknown => createBackbone(name as BackboneName, { initialization: 'zeros', ...options });
      expect(create).toThrow(message);
      expect(create).toThrow(/^createBackbone: /);
      expect(tf.memory().numTensors).toBe(before);
    });
  }
});

test('all options may be given, also as undefined, and misspelled ones are errors in descriptions too', () => {
  const nothing = { pool: undefined, positions: undefined, beta: undefined, weights: undefined, gradient: undefined };
  const more = { inputShape: undefined, classes: undefined, auxiliary: undefined, seed: undefined, initialization: undefined };
  expect(describeBackbone('small2d', { ...nothing, ...more }).classes).toBe(10);
  expect(() => describeBackbone('small2d', { beta: Number.POSITIVE_INFINITY })).toThrow('options.beta must be a finite number ≥ 0');
  expect(() => describeBackbone('small2d', { clases: 3 } as object)).toThrow('describeBackbone: options.clases is not an option');
  expect(() => createBackbone('small2d', null as never)).toThrow('createBackbone: options must be an object, received null');
});

test('each family can be created with each kind of pool, one channel and one class', () => {
  for (const name of ['resnet18', 'resnext50_32x4d', 'densenet121', 'googlenet', 'inception_v3', 'resnet20'] as const) {
    for (const pool of ['soft', 'average'] as const) {
      const { pools: found, layers } = describeBackbone(name, { pool, inputShape: [96, 80, 1], classes: 1, positions: 'all' });
      expect(layers.at(-1)?.outputShape).toEqual([null, 1]);
      expect(found.filter(({ is }) => is.includes('soft'))).toHaveLength(pool === 'soft' ? found.length : 0);
    }
  }
});
