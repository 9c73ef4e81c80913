/**
 * ResNet (He, Zhang, Ren, Sun, CVPR 2016), Wide ResNet (Zagoruyko, Komodakis 2016), ResNeXt (Xie et
 * al., CVPR 2017) and 3D ResNet (Hara, Kataoka, Satoh, CVPR 2018), as in torchvision.
 *
 * The stem's max pool 3×3/2 becomes SoftPool 2×2/2 without padding, for clips 2×2×2/2.
 */
import { channelsOf, type Features, type Parts, type PerAxis, unit } from './parts.ts';
import type { Pools, Position } from './pools.ts';

/** Parameters of a residual network. */
export interface ResNet {
  readonly block: 'basic' | 'bottleneck';
  /** Number of blocks in each stage. */
  readonly blocks: readonly number[];
  /** Channels of the stem and of each stage, before a bottleneck's expansion by 4. */
  readonly widths: readonly number[];
  readonly stem: { readonly kernel: PerAxis; readonly stride: PerAxis; readonly padding: PerAxis };
  /** Groups of a bottleneck's 3×3 convolution. Default 1. */
  readonly groups?: number;
  /** Channels per group of that convolution in a stage of width 64. Default 64. */
  readonly baseWidth?: number;
}

const STEM_POOL: Position = {
  original: { kind: 'max', size: 3, stride: 2, padding: 1 },
  soft: { size: 2, stride: 2, padding: 'valid' },
};

/** Builds the logits of a residual network. */
export function resNet(parts: Parts, pools: Pools, x: Features, network: ResNet, classes: number): Features {
  const { blocks, widths, stem } = network;
  const stemNames = { convolution: 'conv1', normalization: 'bn1', relu: 'relu' };
  let features = unit(parts, stemNames, x, { filters: widths[0] as number, ...stem });
  features = pools.pool('maxpool', features, STEM_POOL);
  blocks.forEach((count, stage) => {
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      features = residualBlock(parts, `layer${stage + 1}.${index}`, features, network, widths[stage] as number, stride);
    }
  });
  return parts.dense('fc', pools.global('avgpool', features), classes);
}

function residualBlock(parts: Parts, path: string, x: Features, network: ResNet, width: number, stride: number): Features {
  const last = (network.block === 'basic' ? basicBlock : bottleneck)(parts, path, x, network, width, stride);
  const filters = channelsOf(last);
  const isSame = stride === 1 && channelsOf(x) === filters;
  const shortcut = isSame
    ? x
    : parts.normalization(`${path}.downsample.1`, parts.convolution(`${path}.downsample.0`, x, { filters, kernel: 1, stride }));
  return parts.relu(`${path}.relu`, parts.add(`${path}.add`, last, shortcut));
}

function basicBlock(parts: Parts, path: string, x: Features, _: ResNet, width: number, stride: number): Features {
  const first = unit(parts, names(path, 1), x, { filters: width, kernel: 3, stride, padding: 1 });
  return parts.normalization(`${path}.bn2`, parts.convolution(`${path}.conv2`, first, { filters: width, kernel: 3, padding: 1 }));
}

function bottleneck(parts: Parts, path: string, x: Features, network: ResNet, width: number, stride: number): Features {
  const { groups = 1, baseWidth = 64 } = network;
  const inner = Math.floor((width * baseWidth) / 64) * groups;
  const first = unit(parts, names(path, 1), x, { filters: inner, kernel: 1 });
  const second = unit(parts, names(path, 2), first, { filters: inner, kernel: 3, stride, padding: 1, groups });
  return parts.normalization(`${path}.bn3`, parts.convolution(`${path}.conv3`, second, { filters: 4 * width, kernel: 1 }));
}

function names(path: string, number: number) {
  return { convolution: `${path}.conv${number}`, normalization: `${path}.bn${number}`, relu: `${path}.relu${number}` };
}
