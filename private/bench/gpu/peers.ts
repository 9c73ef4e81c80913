/**
 * The peers in CUDA and PyTorch, in the folder for a machine with a GPU: programs that read
 * problems, a line each, and print a line of JSON for each measurement.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Tensor } from 'softpool';
import * as softpool from 'softpool';
import { callOf, type Problem, sizeOf } from '../problem.ts';
import type { Figure } from './sections.ts';

export interface PeerLine extends Figure {
  readonly subject: string;
  /** Which of the problems. */
  readonly problem: number;
  /** Each number of the result times 1 to 13, by its place. */
  readonly sum?: number;
}

/** What the peers measure, nothing of those that are not here. */
export function measurePeers(problems: readonly Problem[]): PeerLine[] {
  const input = problems.map(lineOf).join('\n');
  const outputs = ['./softpool-cuda', './torch_pool.py'].map((program) =>
    existsSync(program) ? spawnSync(program, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'] }).stdout : '',
  );
  const lines: PeerLine[] = outputs.flatMap((output) => output.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : [])));
  for (const { problem, sum } of lines) {
    if (sum !== undefined) checkSum(problems[problem] as Problem, sum);
  }
  return lines;
}

/** Number batch channels D H W kernel stride padding dtype layout pass. D is 0 for images. */
function lineOf({ dims, window, layout, dtype, pass, inputShape }: Problem, number: number) {
  const [batch, ...rest] = inputShape;
  const [channels, ...spatial] = layout === 'channelsFirst' ? rest : [rest.at(-1), ...rest.slice(0, -1)];
  const { kernelSize, stride, padding = 0 } = window;
  return [number, batch, channels, ...(dims === 2 ? [0] : []), ...spatial, kernelSize, stride, padding, dtype, layout, pass].join(' ');
}

/** Throws unless a checksum of the CUDA kernels is SoftPool's, up to rounding. */
function checkSum(problem: Problem, sum: number) {
  const [x, dy] = [filled(problem.inputShape), filled(problem.outputShape)];
  const { data } = callOf<Tensor, Tensor>(softpool, problem)(x, dy);
  let [expected, scale] = [0, 0];
  for (const [i, value] of (data as Float32Array).entries()) {
    expected += value * (1 + (i % 13));
    scale += Math.abs(value) * (1 + (i % 13));
  }
  const tolerance = problem.dtype === 'float32' ? 1e-6 : 1e-2;
  if (!(Math.abs(sum - expected) <= tolerance * scale)) throw new Error(`the CUDA kernels compute something else: ${lineOf(problem, 0)}`);
}

/** The numbers that softpool.cu fills its tensors with. */
function filled(shape: readonly number[]): Tensor<Float32Array> {
  return { data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => (Math.imul(i, 2654435761) >>> 8) / 2 ** 22 - 2), shape };
}
