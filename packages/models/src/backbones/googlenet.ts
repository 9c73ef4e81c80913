/**
 * GoogLeNet or Inception-v1 (Szegedy et al., CVPR 2015), as in torchvision: with batch
 * normalization, and 3×3 convolutions in place of 5×5 ones.
 *
 * The SoftPool paper does not use it. As in its Inception-v3, the max pools 3×3/2, 2×2/2 and, in
 * the branches, 3×3/1 become SoftPool with the same windows; padding has no weight.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { basicConvolutions } from './inception-v3.ts';
import { channelsOf, type Features, type Parts, spatialOf } from './parts.ts';
import type { Pools, Position } from './pools.ts';

/** The last window may exceed the input. */
const REDUCTION_POOL: Position = {
  original: { kind: 'max', size: 3, stride: 2, padding: 'ceil' },
  soft: { size: 3, stride: 2, padding: 'ceil' },
};

const LAST_POOL: Position = {
  original: { kind: 'max', size: 2, stride: 2, padding: 'ceil' },
  soft: { size: 2, stride: 2, padding: 'ceil' },
};

const BRANCH_POOL: Position = {
  original: { kind: 'max', size: 3, stride: 1, padding: 1 },
  soft: { size: 3, stride: 1, padding: 'same' },
};

/** Filters of a block's branches: 1×1; 3×3 (two); formerly 5×5 (two); pool. */
type Filters = readonly [number, number, number, number, number, number];

/** Builds the logits of GoogLeNet and of its auxiliary heads, the last head first. */
export function googLeNet(parts: Parts, pools: Pools, x: Features, classes: number, auxiliary: boolean): Features[] {
  const basic = basicConvolutions(parts);
  const inception = (name: string, input: Features, ...filters: Filters) => block(parts, pools, `inception${name}`, input, filters);
  let features = basic('conv1', x, 64, 7, { stride: 2, padding: 3 });
  features = pools.pool('maxpool1', features, REDUCTION_POOL);
  features = basic('conv2', features, 64, 1);
  features = basic('conv3', features, 192, 3, { padding: 1 });
  features = pools.pool('maxpool2', features, REDUCTION_POOL);
  features = inception('3a', features, 64, 96, 128, 16, 32, 32);
  features = inception('3b', features, 128, 128, 192, 32, 96, 64);
  features = pools.pool('maxpool3', features, REDUCTION_POOL);

  const afterA = inception('4a', features, 192, 96, 208, 16, 48, 64);
  features = inception('4b', afterA, 160, 112, 224, 24, 64, 64);
  features = inception('4c', features, 128, 128, 256, 24, 64, 64);
  const afterD = inception('4d', features, 112, 144, 288, 32, 64, 64);
  features = inception('4e', afterD, 256, 160, 320, 32, 128, 128);
  features = pools.pool('maxpool4', features, LAST_POOL);

  features = inception('5a', features, 256, 160, 320, 32, 128, 128);
  features = inception('5b', features, 384, 192, 384, 48, 128, 128);
  const pooled = parts.dropout('dropout', pools.global('avgpool', features), 0.2);
  const logits = parts.dense('fc', pooled, classes);
  if (!auxiliary) return [logits];
  return [logits, auxiliaryHead(parts, pools, 'aux2', afterD, classes), auxiliaryHead(parts, pools, 'aux1', afterA, classes)];
}

function block(parts: Parts, pools: Pools, path: string, x: Features, filters: Filters): Features {
  const [one, threeBefore, three, fiveBefore, five, pool] = filters;
  const basic = basicConvolutions(parts);
  return parts.concatenation(`${path}.concat`, [
    basic(`${path}.branch1`, x, one, 1),
    basic(`${path}.branch2.1`, basic(`${path}.branch2.0`, x, threeBefore, 1), three, 3, { padding: 1 }),
    basic(`${path}.branch3.1`, basic(`${path}.branch3.0`, x, fiveBefore, 1), five, 3, { padding: 1 }),
    basic(`${path}.branch4.1`, pools.pool(`${path}.branch4.0`, x, BRANCH_POOL), pool, 1),
  ]);
}

function auxiliaryHead(parts: Parts, pools: Pools, path: string, x: Features, classes: number): Features {
  const features = basicConvolutions(parts)(`${path}.conv`, pools.adaptive(`${path}.pool`, x, [4, 4]), 128, 1);
  const hidden = parts.relu(`${path}.relu`, parts.dense(`${path}.fc1`, channelsFirst(parts, path, features), 1024));
  return parts.dense(`${path}.fc2`, parts.dropout(`${path}.dropout`, hidden, 0.7), classes);
}

/** Flattens features with the channels first, as torchvision's `fc1` expects them. */
function channelsFirst(parts: Parts, path: string, x: Features): Features {
  const units = spatialOf(x).reduce((product, size) => product * size, channelsOf(x));
  const permuted = parts.apply(tfl.layers.permute({ name: `${path}.channels_first`, dims: [3, 1, 2] }), x);
  return parts.apply(tfl.layers.reshape({ name: `${path}.flatten`, targetShape: [units] }), permuted);
}
