/**
 * Inception-v3 (Szegedy et al., CVPR 2016), as in torchvision.
 *
 * Max pools 3×3/2, the branches' average pools 3×3/1 and the auxiliary head's average pool 5×5/3
 * become SoftPool with the same windows; padding has no weight.
 */
import { type Convolution, type Features, type Parts, type PerAxis, unit } from './parts.ts';
import type { Pools, Position } from './pools.ts';

const REDUCTION_POOL: Position = {
  original: { kind: 'max', size: 3, stride: 2, padding: 0 },
  soft: { size: 3, stride: 2, padding: 'valid' },
};

const BRANCH_POOL: Position = {
  original: { kind: 'average', size: 3, stride: 1, padding: 1 },
  soft: { size: 3, stride: 1, padding: 'same' },
};

const AUXILIARY_POOL: Position = {
  original: { kind: 'average', size: 5, stride: 3, padding: 0 },
  soft: { size: 5, stride: 3, padding: 'valid' },
};

/** Builds the logits of Inception-v3 and of its auxiliary head. */
export function inceptionV3(parts: Parts, pools: Pools, x: Features, classes: number, auxiliary: boolean): Features[] {
  const basic = basicConvolutions(parts);
  let features = basic('Conv2d_1a_3x3', x, 32, 3, { stride: 2 });
  features = basic('Conv2d_2a_3x3', features, 32, 3);
  features = basic('Conv2d_2b_3x3', features, 64, 3, { padding: 1 });
  features = pools.pool('maxpool1', features, REDUCTION_POOL);
  features = basic('Conv2d_3b_1x1', features, 80, 1);
  features = basic('Conv2d_4a_3x3', features, 192, 3);
  features = pools.pool('maxpool2', features, REDUCTION_POOL);

  features = blockA(parts, pools, 'Mixed_5b', features, 32);
  features = blockA(parts, pools, 'Mixed_5c', features, 64);
  features = blockA(parts, pools, 'Mixed_5d', features, 64);
  features = blockB(parts, pools, 'Mixed_6a', features);
  features = blockC(parts, pools, 'Mixed_6b', features, 128);
  features = blockC(parts, pools, 'Mixed_6c', features, 160);
  features = blockC(parts, pools, 'Mixed_6d', features, 160);
  features = blockC(parts, pools, 'Mixed_6e', features, 192);
  const auxiliaryLogits = auxiliary ? [auxiliaryHead(parts, pools, features, classes)] : [];
  features = blockD(parts, pools, 'Mixed_7a', features);
  features = blockE(parts, pools, 'Mixed_7b', features);
  features = blockE(parts, pools, 'Mixed_7c', features);

  const pooled = parts.dropout('dropout', pools.global('avgpool', features), 0.5);
  return [parts.dense('fc', pooled, classes), ...auxiliaryLogits];
}

/** torchvision's `BasicConv2d`: convolution, batch normalization, ReLU. */
export function basicConvolutions(parts: Parts) {
  return (path: string, x: Features, filters: number, kernel: PerAxis, more: Partial<Convolution> = {}): Features =>
    unit(parts, { convolution: `${path}.conv`, normalization: `${path}.bn`, relu: `${path}.relu` }, x, { filters, kernel, ...more });
}

const ROW: Partial<Convolution> & { readonly kernel: PerAxis } = { kernel: [1, 7], padding: [0, 3] };
const COLUMN: Partial<Convolution> & { readonly kernel: PerAxis } = { kernel: [7, 1], padding: [3, 0] };

function blockA(parts: Parts, pools: Pools, path: string, x: Features, poolFilters: number): Features {
  const basic = basicConvolutions(parts);
  const five = basic(`${path}.branch5x5_2`, basic(`${path}.branch5x5_1`, x, 48, 1), 64, 5, { padding: 2 });
  return parts.concatenation(`${path}.concat`, [
    basic(`${path}.branch1x1`, x, 64, 1),
    five,
    basic(`${path}.branch3x3dbl_3`, doubleThree(parts, path, x, 64), 96, 3, { padding: 1 }),
    poolBranch(parts, pools, path, x, poolFilters),
  ]);
}

function blockB(parts: Parts, pools: Pools, path: string, x: Features): Features {
  const basic = basicConvolutions(parts);
  return parts.concatenation(`${path}.concat`, [
    basic(`${path}.branch3x3`, x, 384, 3, { stride: 2 }),
    basic(`${path}.branch3x3dbl_3`, doubleThree(parts, path, x, 64), 96, 3, { stride: 2 }),
    pools.pool(`${path}.pool`, x, REDUCTION_POOL),
  ]);
}

/** The first two of the three convolutions of a `3x3dbl` branch. */
function doubleThree(parts: Parts, path: string, x: Features, filters: number): Features {
  const basic = basicConvolutions(parts);
  return basic(`${path}.branch3x3dbl_2`, basic(`${path}.branch3x3dbl_1`, x, filters, 1), 96, 3, { padding: 1 });
}

function blockC(parts: Parts, pools: Pools, path: string, x: Features, filters: number): Features {
  const basic = basicConvolutions(parts);
  let seven = basic(`${path}.branch7x7_1`, x, filters, 1);
  seven = basic(`${path}.branch7x7_2`, seven, filters, ROW.kernel, ROW);
  seven = basic(`${path}.branch7x7_3`, seven, 192, COLUMN.kernel, COLUMN);
  let double = basic(`${path}.branch7x7dbl_1`, x, filters, 1);
  double = basic(`${path}.branch7x7dbl_2`, double, filters, COLUMN.kernel, COLUMN);
  double = basic(`${path}.branch7x7dbl_3`, double, filters, ROW.kernel, ROW);
  double = basic(`${path}.branch7x7dbl_4`, double, filters, COLUMN.kernel, COLUMN);
  double = basic(`${path}.branch7x7dbl_5`, double, 192, ROW.kernel, ROW);
  return parts.concatenation(`${path}.concat`, [
    basic(`${path}.branch1x1`, x, 192, 1),
    seven,
    double,
    poolBranch(parts, pools, path, x, 192),
  ]);
}

function blockD(parts: Parts, pools: Pools, path: string, x: Features): Features {
  const basic = basicConvolutions(parts);
  const three = basic(`${path}.branch3x3_2`, basic(`${path}.branch3x3_1`, x, 192, 1), 320, 3, { stride: 2 });
  let seven = basic(`${path}.branch7x7x3_1`, x, 192, 1);
  seven = basic(`${path}.branch7x7x3_2`, seven, 192, ROW.kernel, ROW);
  seven = basic(`${path}.branch7x7x3_3`, seven, 192, COLUMN.kernel, COLUMN);
  seven = basic(`${path}.branch7x7x3_4`, seven, 192, 3, { stride: 2 });
  return parts.concatenation(`${path}.concat`, [three, seven, pools.pool(`${path}.pool`, x, REDUCTION_POOL)]);
}

function blockE(parts: Parts, pools: Pools, path: string, x: Features): Features {
  const basic = basicConvolutions(parts);
  const rowAndColumn = (branch: string, stem: Features, row: string, column: string): Features =>
    parts.concatenation(`${path}.${branch}.concat`, [
      basic(`${path}.${row}`, stem, 384, [1, 3], { padding: [0, 1] }),
      basic(`${path}.${column}`, stem, 384, [3, 1], { padding: [1, 0] }),
    ]);
  const single = basic(`${path}.branch3x3_1`, x, 384, 1);
  const double = basic(`${path}.branch3x3dbl_2`, basic(`${path}.branch3x3dbl_1`, x, 448, 1), 384, 3, { padding: 1 });
  return parts.concatenation(`${path}.concat`, [
    basic(`${path}.branch1x1`, x, 320, 1),
    rowAndColumn('branch3x3', single, 'branch3x3_2a', 'branch3x3_2b'),
    rowAndColumn('branch3x3dbl', double, 'branch3x3dbl_3a', 'branch3x3dbl_3b'),
    poolBranch(parts, pools, path, x, 192),
  ]);
}

function poolBranch(parts: Parts, pools: Pools, path: string, x: Features, filters: number): Features {
  return basicConvolutions(parts)(`${path}.branch_pool`, pools.pool(`${path}.pool`, x, BRANCH_POOL), filters, 1);
}

function auxiliaryHead(parts: Parts, pools: Pools, x: Features, classes: number): Features {
  const basic = basicConvolutions(parts);
  let features = basic('AuxLogits.conv0', pools.pool('AuxLogits.pool', x, AUXILIARY_POOL), 128, 1);
  features = basic('AuxLogits.conv1', features, 768, 5);
  return parts.dense('AuxLogits.fc', pools.global('AuxLogits.avgpool', features), classes, { normal: 0.001 });
}
