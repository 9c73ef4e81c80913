/** What happens to each pooling of a model, and why: one rule for all formats. */
import { type CheckedSwapOptions, isSelected } from './options.ts';
import { isThreeByTwo, type PaperWindow, paperWindow } from './paper-window.ts';
import { OPERATION, type PoolingInfo, type PoolingTarget, type PoolingWindow } from './pooling.ts';
import { kernelInWords } from './words.ts';

/** A pooling in its model, as an adapter found it. */
export interface PoolingSite {
  /** The pooling. */
  readonly info: PoolingInfo;
  /** A layer right before it that pads with zeros. */
  readonly zeros?: ZerosBefore | undefined;
  /** Why it cannot become this in its format; `undefined` if it can. */
  readonly obstacleTo?: ((to: PoolingTarget) => string | undefined) | undefined;
  /** The window that its format has for the paper's: 2 in place of 3, with this rounding. */
  readonly fitted: (window: PoolingWindow, paper: PaperWindow) => PoolingWindow;
}

/**
 * A layer that puts zeros around the input of an unpadded pooling, as ResNets have it. Behind a
 * ReLU the zeros never win a maximum, but in soft pooling they have weight. So the paper's window
 * does without them.
 */
export interface ZerosBefore {
  /** The name of that layer. */
  readonly name: string;
  /**
   * Zeros before and after each spatial axis; `undefined` if they are unknown or something else
   * needs them.
   */
  readonly around: readonly (readonly [before: number, after: number])[] | undefined;
}

/** What happens to a pooling, and why. */
export type Decision = KeptPooling | ReplacedPooling;

/** A pooling that stays. */
export interface KeptPooling {
  /** `'kept'`: it was not selected. `'refused'`: it was selected but cannot be replaced. */
  readonly action: 'kept' | 'refused';
  /** Why it stays. */
  readonly reason: string;
}

/** A pooling that is replaced. */
export interface ReplacedPooling {
  /** It is replaced. */
  readonly action: 'replaced';
  /** Why it is replaced in this way. */
  readonly reason: string;
  /** The new window; `undefined` for global pooling. */
  readonly window: PoolingWindow | undefined;
  /** Whether the zeros before it must go. */
  readonly dropsZeros: boolean;
}

/**
 * Decides what happens to one pooling.
 *
 * @param site - The pooling and its surroundings.
 * @param options - Checked options.
 * @returns Whether it is replaced, kept since it is not selected, or refused since it cannot be
 * replaced; with the reason.
 * @example
 * ```ts
 * const window = { kernelSize: [2], stride: [2], dilation: [1], padding: 'same', ceilMode: false } as const;
 * const names = { index: 0, name: 'pool', path: 'pool', type: 'MaxPooling1D', obstacle: undefined } as const;
 * const shapes = { operator: undefined, elementType: 'float32', inputShape: undefined, outputShape: undefined } as const;
 * const options = checkSwapOptions('swapPooling', {}, { keys: [], targets: ['soft'] });
 * decide({ info: { kind: 'max', window, ...names, ...shapes }, fitted: () => window }, options).reason; // 'same window'
 * ```
 */
export function decide(site: PoolingSite, options: CheckedSwapOptions): Decision {
  const { info, zeros } = site;
  const whyKept = reasonToKeep(info, options);
  if (whyKept !== undefined) return { action: 'kept', reason: whyKept };
  const obstacle = info.obstacle ?? site.obstacleTo?.(options.to);
  if (obstacle !== undefined) return { action: 'refused', reason: obstacle };
  const { kind, window } = info;
  if (window === undefined) return { action: 'replaced', reason: 'selected by `from`', window, dropsZeros: false };
  const keepingWindow = (reason: string): Decision => {
    const zerosCount = zeros !== undefined && kind === 'max' ? `; the zeros of ${zeros.name} count in it` : '';
    if (window.padMode !== 'zeros' || options.to === 'soft')
      return { action: 'replaced', reason: `${reason}${zerosCount}`, window, dropsZeros: false };
    const ignored = `${reason}; its padding does not count as zeros any more`;
    return { action: 'replaced', reason: ignored, window: { ...window, padMode: undefined }, dropsZeros: false };
  };
  if (options.window === 'same' || options.to !== 'soft' || kind !== 'max' || !isThreeByTwo(window)) return keepingWindow('same window');
  const padding = zeros === undefined ? window.padding : zeros.around;
  const paper = padding && paperWindow({ ...window, padding });
  const inWords = kernelInWords({ ...window, kernelSize: window.kernelSize.map((size) => (size === 3 ? 2 : size)) });
  if (paper === undefined) return keepingWindow(`same window: ${inWords} would change output sizes`);
  const without = zeros === undefined ? '' : ` without the zeros of ${zeros.name}`;
  const reason = `${inWords} as in the paper${without}: same output size`;
  return { action: 'replaced', reason, window: site.fitted(window, paper), dropsZeros: zeros !== undefined };
}

function reasonToKeep(info: PoolingInfo, options: CheckedSwapOptions): string | undefined {
  if (OPERATION[info.kind] === options.to) return `already ${options.to} pooling`;
  if (!options.from.includes(info.kind)) return 'not selected by `from`';
  return isSelected(options, info) ? undefined : 'not selected by `where`';
}
