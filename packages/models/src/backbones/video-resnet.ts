/**
 * R3D and R(2+1)D (Tran et al., CVPR 2018), as in torchvision. R(2+1)D splits 3×3×3 convolutions
 * into 1×3×3 and 3×1×1.
 *
 * Their only pool is the global average, so that one becomes soft.
 */
import { channelsOf, type Features, type Parts, unit } from './parts.ts';
import type { Pools } from './pools.ts';

/** Parameters of a video ResNet. */
export interface VideoResNet {
  /** `'3d'`: 3×3×3; `'2+1d'`: 1×3×3, then 3×1×1. */
  readonly convolutions: '3d' | '2+1d';
  /** Number of blocks in each stage. */
  readonly blocks: readonly number[];
  /** Channels of the stem and of each stage. */
  readonly widths: readonly number[];
}

/** Builds the logits of a video ResNet. */
export function videoResNet(parts: Parts, pools: Pools, x: Features, network: VideoResNet, classes: number): Features {
  const { convolutions, blocks, widths } = network;
  let features = (convolutions === '3d' ? stem3d : stem2Plus1d)(parts, x, widths[0] as number);
  blocks.forEach((count, stage) => {
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      features = block(parts, `layer${stage + 1}.${index}`, features, convolutions, widths[stage] as number, stride);
    }
  });
  return parts.dense('fc', pools.global('avgpool', features, true), classes);
}

function stem3d(parts: Parts, x: Features, filters: number): Features {
  return unit(parts, sequence('stem', 0), x, { filters, kernel: [3, 7, 7], stride: [1, 2, 2], padding: [1, 3, 3] });
}

function stem2Plus1d(parts: Parts, x: Features, filters: number): Features {
  const frames = unit(parts, sequence('stem', 0), x, { filters: 45, kernel: [1, 7, 7], stride: [1, 2, 2], padding: [0, 3, 3] });
  return unit(parts, sequence('stem', 3), frames, { filters, kernel: [3, 1, 1], padding: [1, 0, 0] });
}

function block(parts: Parts, path: string, x: Features, kind: VideoResNet['convolutions'], filters: number, stride: number): Features {
  const inputs = channelsOf(x);
  // Chosen so that the two convolutions have as many weights as a 3×3×3 one.
  const between = Math.floor((inputs * filters * 27) / (inputs * 9 + 3 * filters));
  const convolution = (name: string, input: Features, step: number): Features => {
    if (kind === '3d') return parts.convolution(name, input, { filters, kernel: 3, stride: step, padding: 1 });
    const frame = { filters: between, kernel: [1, 3, 3], stride: [1, step, step], padding: [0, 1, 1] };
    const frames = unit(parts, sequence(name, 0), input, frame);
    return parts.convolution(`${name}.3`, frames, { filters, kernel: [3, 1, 1], stride: [step, 1, 1], padding: [1, 0, 0] });
  };
  const first = parts.normalization(`${path}.conv1.1`, convolution(`${path}.conv1.0`, x, stride));
  const second = convolution(`${path}.conv2.0`, parts.relu(`${path}.conv1.2`, first), 1);
  const last = parts.normalization(`${path}.conv2.1`, second);
  const shortcut =
    stride === 1 && inputs === filters
      ? x
      : parts.normalization(`${path}.downsample.1`, parts.convolution(`${path}.downsample.0`, x, { filters, kernel: 1, stride }));
  return parts.relu(`${path}.relu`, parts.add(`${path}.add`, last, shortcut));
}

/**
 * Names of a convolution, a normalization and a ReLU in a torch `Sequential`, from this index on.
 */
function sequence(path: string, first: number) {
  return { convolution: `${path}.${first}`, normalization: `${path}.${first + 1}`, relu: `${path}.${first + 2}` };
}
