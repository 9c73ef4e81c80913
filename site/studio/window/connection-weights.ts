/** Which input feeds which output, and with what weight. The library computes the weights. */
import { softPool2d, softPool2dGrad } from 'softpool';

/** Rows and columns of the input. */
export const SIDE = 7;
/** 3×3 windows that overlap, as at the start of many networks. */
export const WINDOWS = { kernelSize: 3, stride: 2 } as const;

/** A ridge with an isolated peak. */
const VALUES = [
  0, 1, 2, 1, 0, 0, 0, 1, 2, 3, 2, 1, 0, 0, 0, 1, 3, 4, 2, 1, 0, 0, 0, 2, 4, 5, 2, 1, 0, 0, 1, 3, 4, 3, 1, 0, 0, 0, 1, 2, 1, 0, 5, 0, 0, 0,
  0, 1, 0,
];

/** The input, [1, SIDE, SIDE]. */
export const INPUT = { data: Float64Array.from(VALUES), shape: [1, SIDE, SIDE] };

/** The outputs, and for each output the weight of each input. */
export interface Connections {
  readonly side: number;
  readonly outputs: readonly number[];
  readonly weights: readonly (readonly number[])[];
}

/** All connections for this β. An input outside a window has weight 0 in it. */
export function connectionsOf(beta: number): Connections {
  const output = softPool2d(INPUT, { ...WINDOWS, beta });
  const weights = Array.from(output.data, (_, index) => {
    const dy = { data: new Float64Array(output.data.length), shape: output.shape };
    dy.data[index] = 1;
    return Array.from(softPool2dGrad(INPUT, dy, { ...WINDOWS, beta }).data);
  });
  return { side: output.shape[1] as number, outputs: Array.from(output.data), weights };
}
