/** How images become inputs of a network, as flags say it. */
import type { Normalizing, Resize, Size } from '@softpool/media/internal';
import { plural } from '../../shared/text.ts';
import { UsageError } from '../exit-codes.ts';

/** The flags. */
export interface ImageFlags {
  readonly resize?: Resize;
  /** Size of the center crop. */
  readonly crop?: Size;
  /** One number, or one for each channel. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly normalize?: 'imagenet';
  /** The value of a white pixel, before `mean` and `std`. */
  readonly pixels?: '1' | '255';
  readonly layout?: Layout;
  readonly order?: 'rgb' | 'bgr';
}

/** The order of the axes of an input. */
export type Layout = 'channelsFirst' | 'channelsLast';

/** Flags about the size of images and the order of what they become. */
export const SIZE_OPTIONS = ['resize', 'crop', 'layout', 'order'] as const satisfies readonly (keyof ImageFlags)[];

/** Flags about the values. One of them replaces all that is known without flags. */
export const VALUE_OPTIONS = ['normalize', 'mean', 'std', 'pixels'] as const satisfies readonly (keyof ImageFlags)[];

/** Whether flags say what the values of an input are. */
export function hasValueFlags(flags: ImageFlags): boolean {
  return VALUE_OPTIONS.some((name) => flags[name] !== undefined);
}

/** The mean and standard deviation of ImageNet's pixels on a 0–1 scale, as torchvision has them. */
const IMAGENET = { divisor: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** The names of mean and standard deviation in messages. */
interface Names {
  readonly mean: string;
  readonly std: string;
}

const FLAG_NAMES: Names = { mean: '--mean', std: '--std' };

/** A normalization that is known without flags. */
export interface KnownNormalizing extends Normalizing {
  readonly names?: Names;
}

/**
 * The normalization that flags give, or else `known`. `white` is the value of a white pixel without
 * `--pixels`.
 */
export function normalizingOf(
  flags: ImageFlags,
  known: KnownNormalizing | undefined,
  channels: number,
  white: '1' | '255' = '1',
): Normalizing {
  const { normalize, mean, std, pixels = white } = flags;
  if (normalize === 'imagenet') return spread(IMAGENET, channels, { mean: '--normalize imagenet', std: '--normalize imagenet' });
  if (known !== undefined && !hasValueFlags(flags)) return spread(known, channels, known.names ?? FLAG_NAMES);
  return spread({ divisor: pixels === '1' ? 255 : 1, mean: mean ?? [0], std: std ?? [1] }, channels, FLAG_NAMES);
}

/** One number is for all channels. */
function spread({ divisor, mean, std }: Normalizing, channels: number, names: Names): Normalizing {
  const all = (name: string, values: readonly number[]): readonly number[] => {
    if (values.length === channels) return values;
    if (values.length === 1) return Array.from({ length: channels }, () => values[0] as number);
    throw new UsageError(`${name} has ${values.length} numbers, but the model's input has ${plural(channels, 'channel')}`);
  };
  return { divisor, mean: all(names.mean, mean), std: all(names.std, std) };
}
