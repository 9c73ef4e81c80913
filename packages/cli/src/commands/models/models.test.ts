import { tmpdir } from 'node:os';
import { BACKBONE_NAMES } from '@softpool/models';
import { expect, test } from 'vitest';
import { type Result, runCli } from '../../testing/run-cli.ts';

/** Runs `softpool models` with the words of a line as arguments. */
function models(line: string): Promise<Result> {
  return runCli(tmpdir(), ['models', ...line.split(' ').filter((word) => word !== '')]);
}

test('the table has the input, parameters, multiply-adds and soft pools of each network', async () => {
  const { status, stdout, stderr } = await models('');
  expect([status, stderr]).toEqual([0, '']);
  const lines = stdout.toString().split('\n');
  expect(lines.filter((line) => line.startsWith('│'))).toHaveLength(1 + BACKBONE_NAMES.length);
  const line = (name: string): string => lines.find((candidate) => candidate.startsWith(`│ ${name} `)) ?? '';
  expect(line('resnet18')).toMatch(/│ +224 × 224 × 3 │ +11,689,512 │ +1,814,073,344 │ max 3×3\/2 → soft 2×2\/2 +│/);
  expect(line('densenet121')).toMatch(/│ +7,978,856 │ +2,834,161,664 │ max 3×3\/2 → soft 2×2\/2 +│/);
  expect(line('inception_v3')).toMatch(/│ +299 × 299 × 3 │.*│ 4 × max 3×3\/2 → soft 3×3\/2, 9 × average 3×3\/1 → soft 3×3\/1 +│/);
  expect(line('r3d_18')).toMatch(/│ 16 × 112 × 112 × 3 │ +33,371,472 │.*│ global average → global soft +│/);
});

test('--json prints all networks, or one with its layers', { tags: 'long' }, async () => {
  const { models: all } = JSON.parse((await models('--json --pool max')).stdout.toString());
  expect(all.map(({ name }: { name: string }) => name)).toEqual(BACKBONE_NAMES);
  expect(all[0]).toEqual({
    name: 'resnet18',
    inputShape: [224, 224, 3],
    classes: 1000,
    parameters: 11_689_512,
    nonTrainable: 9600,
    multiplyAdds: 1_814_073_344,
    // ImageNet's, as torchvision has them.
    normalization: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    pools: [
      { layer: 'maxpool', original: 'max 3×3/2', is: 'max 3×3/2' },
      { layer: 'avgpool', original: 'global average', is: 'global average' },
    ],
  });
  const one = JSON.parse((await models('small3d --json --input-size 4x16x16x1 --classes 2 --positions all')).stdout.toString());
  expect(one).toMatchObject({ name: 'small3d', inputShape: [4, 16, 16, 1], classes: 2 });
  expect(one.pools.at(-1)).toEqual({ layer: 'avgpool', original: 'global average', is: 'global soft' });
  expect(one.layers.at(-1)).toEqual({
    name: 'fc',
    className: 'Dense',
    outputShape: [null, 2],
    parameters: 130,
    nonTrainable: 0,
    multiplyAdds: 128,
  });
});

test('the layers of a network for an input size with 3 channels by default', async () => {
  const { status, stdout } = await models('resnet18 --pool soft --input-size 64 --classes 10');
  expect(status).toBe(0);
  // 7·7·3·64, at 32·32 positions
  expect(stdout.toString()).toMatch(/│ conv1 +│ Conv2D +│ +32 × 32 × 64 │ +9,408 │ +9,633,792 │/);
  expect(stdout.toString()).toMatch(/│ maxpool +│ SoftPooling2D +│ +16 × 16 × 64 │ +│ +│/);
  expect(stdout.toString()).toMatch(
    /resnet18 for 64 × 64 × 3, 10 classes: 11,181,642 parameters, 9,600 means and variances, [\d,]+ multiply-adds\n/,
  );
  expect(stdout.toString()).toMatch(/\npools: max 3×3\/2 → soft 2×2\/2\n$/);
});

test('mistakes are named by their options, with exit code 2', async () => {
  const mistakes: readonly [string, string][] = [
    ['resnet19', 'unknown network resnet19; known are resnet18, resnet34,'],
    ['--input-size 64x64', '--input-size needs a network, as in softpool models resnet18'],
    ['resnet18 --input-size 64x', 'It must be a size such as 224x224, 28x28x1, 16x112x112 or 16x112x112x3.'],
    [
      'inception_v3 --input-size 64x64',
      '--input-size must be large enough for inception_v3, received [64, 64, 3]: Mixed_7a.branch3x3_2.conv',
    ],
    ['resnet18 --classes 99999999999', '--classes must be an integer from 1 to 100000, received 99999999999'],
    ['resnet18 --pool max --positions all', '--positions is for --pool soft or average'],
    ['resnet18 --pool sum', "option '--pool <kind>' argument 'sum' is invalid. It must be one of soft, max, average."],
  ];
  for (const [line, message] of mistakes) {
    const { status, stdout, stderr } = await models(line);
    expect([line, status, stdout.length]).toEqual([line, 2, 0]);
    expect(stderr).toContain(message);
    expect(stderr).toContain('(see softpool models --help)');
  }
});
