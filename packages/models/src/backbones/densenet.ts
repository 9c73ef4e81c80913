/**
 * DenseNet-BC (Huang, Liu, van der Maaten, Weinberger, CVPR 2017), as in torchvision.
 *
 * The stem's max pool 3×3/2 becomes SoftPool 2×2/2 without padding. The average pools 2×2/2 of the
 * transitions become soft only in all positions.
 */
import { channelsOf, type Features, type Parts, unit } from './parts.ts';
import type { Pools, Position } from './pools.ts';

/** Parameters of a dense network. */
export interface DenseNet {
  /** Channels added by each layer. */
  readonly growth: number;
  /** Number of layers in each block. */
  readonly layers: readonly number[];
  /** Channels of the stem. */
  readonly width: number;
}

const STEM_POOL: Position = {
  original: { kind: 'max', size: 3, stride: 2, padding: 1 },
  soft: { size: 2, stride: 2, padding: 'valid' },
};

const TRANSITION_POOL: Position = {
  original: { kind: 'average', size: 2, stride: 2, padding: 0 },
  soft: { size: 2, stride: 2, padding: 'valid' },
  replacedIn: 'all',
};

/** Builds the logits of a dense network. */
export function denseNet(parts: Parts, pools: Pools, x: Features, { growth, layers, width }: DenseNet, classes: number): Features {
  const stem = { convolution: 'features.conv0', normalization: 'features.norm0', relu: 'features.relu0' };
  let features = unit(parts, stem, x, { filters: width, kernel: 7, stride: 2, padding: 3 });
  features = pools.pool('features.pool0', features, STEM_POOL);
  layers.forEach((count, block) => {
    for (let layer = 1; layer <= count; layer++) {
      features = denseLayer(parts, `features.denseblock${block + 1}.denselayer${layer}`, features, growth);
    }
    if (block < layers.length - 1) features = transition(parts, pools, `features.transition${block + 1}`, features);
  });
  features = parts.relu('features.relu5', parts.normalization('features.norm5', features));
  return parts.dense('classifier', pools.global('avgpool', features), classes);
}

function denseLayer(parts: Parts, path: string, x: Features, growth: number): Features {
  const inner = normalized(parts, path, 1, x);
  const reduced = parts.convolution(`${path}.conv1`, inner, { filters: 4 * growth, kernel: 1 });
  const added = parts.convolution(`${path}.conv2`, normalized(parts, path, 2, reduced), { filters: growth, kernel: 3, padding: 1 });
  return parts.concatenation(`${path}.concat`, [x, added]);
}

function normalized(parts: Parts, path: string, number: number, x: Features): Features {
  return parts.relu(`${path}.relu${number}`, parts.normalization(`${path}.norm${number}`, x));
}

function transition(parts: Parts, pools: Pools, path: string, x: Features): Features {
  const active = parts.relu(`${path}.relu`, parts.normalization(`${path}.norm`, x));
  const halved = parts.convolution(`${path}.conv`, active, { filters: Math.floor(channelsOf(x) / 2), kernel: 1 });
  return pools.pool(`${path}.pool`, halved, TRANSITION_POOL);
}
