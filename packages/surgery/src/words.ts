/** Poolings, windows and shapes as reports write them. */
import { DEFAULT_OPERATOR, isGlobal, OPERATION, type PoolingInfo, type PoolingShape, type PoolingWindow } from './pooling.ts';

/**
 * A pooling in a few words.
 *
 * @param pooling - An entry of `inspectPooling`, or these three fields of one.
 * @returns E.g. `'max 3×3/2 pad 1'`, `'global average'` or `'soft 2×2/2 same, β 2, shared
 * weights'`.
 * @example
 * ```ts
 * const padding = [[1, 1], [1, 1]] as const;
 * const window = { kernelSize: [3, 3], stride: [2, 2], dilation: [1, 1], padding, ceilMode: false };
 * poolingInWords({ kind: 'max', window, operator: undefined }); // 'max 3×3/2 pad 1'
 * ```
 */
export function poolingInWords(pooling: Pick<PoolingInfo, 'kind' | 'window' | 'operator'>): string {
  const { kind, window, operator } = pooling;
  const { beta, weights, gradient } = operator ?? DEFAULT_OPERATOR;
  return [
    kindInWords(kind, window),
    ...(beta === DEFAULT_OPERATOR.beta ? [] : [`β ${beta}`]),
    ...(weights === DEFAULT_OPERATOR.weights ? [] : ['shared weights']),
    ...(gradient === DEFAULT_OPERATOR.gradient ? [] : ['exact gradient']),
  ].join(', ');
}

/** The kernel and its strides as papers write them: `'3×3/2'` or `'1×3×3/1×2×2'`. */
export function kernelInWords({ kernelSize, stride }: Pick<PoolingWindow, 'kernelSize' | 'stride'>): string {
  return `${kernelSize.join('×')}/${shortened(stride)}`;
}

/**
 * A shape in a few words.
 *
 * @param shape - The input or output shape of an entry of `inspectPooling`.
 * @returns The sizes, with `?` for a size without a name; `or` between several shapes; nothing for
 * an unknown shape.
 * @example
 * ```ts
 * shapeInWords(['N', 64, 56, null]); // 'N × 64 × 56 × ?'
 * ```
 */
export function shapeInWords(shape: PoolingInfo['outputShape']): string {
  if (shape === undefined) return '';
  const several = shape.filter((size): size is PoolingShape => Array.isArray(size));
  if (several.length > 0) return several.map(shapeInWords).join(' or ');
  return shape.map((size) => size ?? '?').join(' × ');
}

function kindInWords(kind: PoolingInfo['kind'], window: PoolingWindow | undefined): string {
  if (isGlobal(kind)) return `global ${OPERATION[kind]}`;
  return window === undefined ? `${kind} (invalid window)` : `${kind} ${windowInWords(window)}`;
}

function windowInWords(window: PoolingWindow): string {
  const { dilation, padding, padMode, ceilMode } = window;
  const dilated = dilation.every((step) => step === 1) ? '' : ` dilated ${shortened(dilation)}`;
  return `${kernelInWords(window)}${dilated}${paddingInWords(padding)}${padMode === 'zeros' ? ' with zeros' : ''}${ceilMode ? ', ceil' : ''}`;
}

function paddingInWords(padding: PoolingWindow['padding']): string {
  if (typeof padding === 'string') return padding === 'same' ? ' same' : ' same, lower';
  const sides = padding.flat();
  if (sides.every((side) => side === 0)) return '';
  return ` pad ${sides.every((side) => side === sides[0]) ? sides[0] : padding.map((around) => around.join('+')).join(' × ')}`;
}

/** One number if all axes have the same. */
function shortened(perAxis: readonly number[]): string {
  return perAxis.every((value) => value === perAxis[0]) ? `${perAxis[0]}` : perAxis.join('×');
}
