/** The networks, with torchvision's names where it has them, and their published inputs. */
import { type DenseNet, denseNet } from './densenet.ts';
import { googLeNet } from './googlenet.ts';
import { inceptionV3 } from './inception-v3.ts';
import { HE_BY_INPUTS, HE_BY_OUTPUTS, HE_VIDEO, normal, type Scheme } from './initialization.ts';
import type { Features, Parts } from './parts.ts';
import type { Pools } from './pools.ts';
import { type ResNet, resNet } from './resnet.ts';
import { small2d } from './small2d.ts';
import { small3d } from './small3d.ts';
import { type VideoResNet, videoResNet } from './video-resnet.ts';

/** The name of a network, as in `resnet18`. */
export type BackboneName =
  | 'resnet18'
  | 'resnet34'
  | 'resnet50'
  | 'resnet101'
  | 'resnet152'
  | 'resnext50_32x4d'
  | 'resnext101_32x4d'
  | 'resnext101_32x8d'
  | 'resnext101_64x4d'
  | 'wide_resnet50_2'
  | 'wide_resnet101_2'
  | 'densenet121'
  | 'densenet161'
  | 'densenet169'
  | 'densenet201'
  | 'googlenet'
  | 'inception_v3'
  | 'r3d_18'
  | 'r3d_50'
  | 'r2plus1d_18'
  | 'resnet20'
  | 'small2d'
  | 'small3d';

/** Mean and standard deviation of each channel, on a scale of 0 to 1. */
export interface Normalization {
  /** One value per channel, subtracted. */
  readonly mean: readonly number[];
  /** One value above 0 per channel; the difference is divided by it. */
  readonly std: readonly number[];
}

/** A network of the catalogue. */
export interface Backbone {
  /** The published input: [height, width, channels] or [frames, height, width, channels]. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Of color inputs, as in training of the published weights; `undefined`: there are none. */
  readonly normalization: Normalization | undefined;
  readonly scheme: Scheme;
  /** ε of batch normalization. */
  readonly epsilon: number;
  readonly hasAuxiliary: boolean;
  /** Builds the logits, and those of the auxiliary heads if `auxiliary` is set. */
  build(parts: Parts, pools: Pools, x: Features, classes: number, auxiliary: boolean): Features[];
}

/** ImageNet's, as in torchvision. */
const IMAGENET: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
/** Values from −1 to 1: the weights of GoogLeNet and Inception-v3 come from TensorFlow. */
const MINUS_1_TO_1: Normalization = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
/** Kinetics-400's, as in torchvision. */
const KINETICS: Normalization = { mean: [0.43216, 0.394666, 0.37645], std: [0.22803, 0.22145, 0.216989] };

const COMMON = { epsilon: 1e-5, hasAuxiliary: false } as const;
const PICTURE = { ...COMMON, inputShape: [224, 224, 3], classes: 1000, normalization: IMAGENET } as const;
const CLIP = { ...COMMON, inputShape: [16, 112, 112, 3], classes: 400, normalization: KINETICS } as const;
const SMALL_PICTURE = { ...COMMON, inputShape: [32, 32, 3], classes: 10, normalization: undefined } as const;

const IMAGENET_STEM = { kernel: 7, stride: 2, padding: 3 };
const STAGE_WIDTHS = [64, 128, 256, 512];

/** All networks. */
export const BACKBONES: Readonly<Record<BackboneName, Backbone>> = {
  resnet18: residual({ block: 'basic', blocks: [2, 2, 2, 2] }),
  resnet34: residual({ block: 'basic', blocks: [3, 4, 6, 3] }),
  resnet50: residual({ block: 'bottleneck', blocks: [3, 4, 6, 3] }),
  resnet101: residual({ block: 'bottleneck', blocks: [3, 4, 23, 3] }),
  resnet152: residual({ block: 'bottleneck', blocks: [3, 8, 36, 3] }),
  resnext50_32x4d: residual({ block: 'bottleneck', blocks: [3, 4, 6, 3], groups: 32, baseWidth: 4 }),
  resnext101_32x4d: residual({ block: 'bottleneck', blocks: [3, 4, 23, 3], groups: 32, baseWidth: 4 }),
  resnext101_32x8d: residual({ block: 'bottleneck', blocks: [3, 4, 23, 3], groups: 32, baseWidth: 8 }),
  resnext101_64x4d: residual({ block: 'bottleneck', blocks: [3, 4, 23, 3], groups: 64, baseWidth: 4 }),
  wide_resnet50_2: residual({ block: 'bottleneck', blocks: [3, 4, 6, 3], baseWidth: 128 }),
  wide_resnet101_2: residual({ block: 'bottleneck', blocks: [3, 4, 23, 3], baseWidth: 128 }),
  densenet121: dense({ growth: 32, layers: [6, 12, 24, 16], width: 64 }),
  densenet161: dense({ growth: 48, layers: [6, 12, 36, 24], width: 96 }),
  densenet169: dense({ growth: 32, layers: [6, 12, 32, 32], width: 64 }),
  densenet201: dense({ growth: 32, layers: [6, 12, 48, 32], width: 64 }),
  googlenet: {
    ...PICTURE,
    normalization: MINUS_1_TO_1,
    epsilon: 1e-3,
    hasAuxiliary: true,
    scheme: normal(0.01),
    build: googLeNet,
  },
  inception_v3: {
    ...PICTURE,
    inputShape: [299, 299, 3],
    normalization: MINUS_1_TO_1,
    epsilon: 1e-3,
    hasAuxiliary: true,
    scheme: normal(0.1),
    build: inceptionV3,
  },
  r3d_18: video({ convolutions: '3d', blocks: [2, 2, 2, 2], widths: STAGE_WIDTHS }),
  r3d_50: residual({ block: 'bottleneck', blocks: [3, 4, 6, 3], stem: { kernel: 7, stride: [1, 2, 2], padding: 3 } }, CLIP),
  r2plus1d_18: video({ convolutions: '2+1d', blocks: [2, 2, 2, 2], widths: STAGE_WIDTHS }),
  resnet20: residual(
    { block: 'basic', blocks: [3, 3, 3], widths: [16, 32, 64], stem: { kernel: 3, stride: 1, padding: 1 } },
    SMALL_PICTURE,
  ),
  small2d: {
    ...SMALL_PICTURE,
    scheme: HE_BY_OUTPUTS,
    build: (parts: Parts, pools: Pools, x: Features, classes: number) => [small2d(parts, pools, x, classes)],
  },
  small3d: {
    ...CLIP,
    inputShape: [8, 32, 32, 3],
    classes: 10,
    normalization: undefined,
    scheme: HE_BY_OUTPUTS,
    build: (parts: Parts, pools: Pools, x: Features, classes: number) => [small3d(parts, pools, x, classes)],
  },
};

/** The names of all networks. */
export const BACKBONE_NAMES = Object.keys(BACKBONES) as readonly BackboneName[];

type SomeResNet = Pick<ResNet, 'block' | 'blocks'> & Partial<ResNet>;

type Published = Omit<Backbone, 'scheme' | 'build'>;

function residual(network: SomeResNet, published: Published = PICTURE): Backbone {
  const complete = { widths: STAGE_WIDTHS, stem: IMAGENET_STEM, ...network };
  return { ...published, scheme: HE_BY_OUTPUTS, build: (parts, pools, x, classes) => [resNet(parts, pools, x, complete, classes)] };
}

function dense(network: DenseNet): Backbone {
  return { ...PICTURE, scheme: HE_BY_INPUTS, build: (parts, pools, x, classes) => [denseNet(parts, pools, x, network, classes)] };
}

function video(network: VideoResNet): Backbone {
  return { ...CLIP, scheme: HE_VIDEO, build: (parts, pools, x, classes) => [videoResNet(parts, pools, x, network, classes)] };
}
