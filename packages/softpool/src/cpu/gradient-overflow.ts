/**
 * Sums of gradients that overflow although their total is finite: after a large dL/dy, gradients
 * that are not finite are computed again, as multiples of a small number.
 */
import * as fields from './kernels/problem-fields.ts';

/** Computes a part of dx. Returns whether dy has a number so large that sums may overflow. */
export type PoolGrad = (
  problem: number,
  x: number,
  dy: number,
  dx: number,
  outer: number,
  axis: number,
  low: number,
  high: number,
  scale: number,
) => number;

/** Leaves room for sums of any length, and for a factor between dy and a term. */
const SCALE = 2 ** -64;

/** The same kernel, with gradients that are finite wherever their totals are. */
export function withoutOverflow(poolGrad: PoolGrad, memory: WebAssembly.Memory): (...args: number[]) => void {
  const guarded: (...args: Parameters<PoolGrad>) => void = (problem, x, dy, dx, outer, axis, low, high) => {
    if (!poolGrad(problem, x, dy, dx, outer, axis, low, high, 1)) return;
    // Addresses of more than 2 GiB come from the board of threads as negative numbers.
    const areas = resultAreas(memory, problem >>> 0, dx, outer, axis, low, high);
    if (areas.every((area) => area.every(Number.isFinite))) return;
    const first = areas.map((area) => area.slice());
    poolGrad(problem, x, dy, dx, outer, axis, low, high, SCALE);
    areas.forEach((area, n) => {
      first[n]?.forEach((value, i) => {
        area[i] = Number.isFinite(value) ? value : (area[i] as number) / SCALE;
      });
    });
  };
  return guarded as (...args: number[]) => void;
}

/**
 * The numbers that a call writes, of each outer element. If only a part of dx is in memory, `dx` is
 * where all of it would begin, which may be below 0.
 */
function resultAreas(
  { buffer }: WebAssembly.Memory,
  problem: number,
  dx: number,
  outer: number,
  axis: number,
  low: number,
  high: number,
): (Float32Array | Float64Array)[] {
  const view = new DataView(buffer);
  const field = (entry: number): number => view.getInt32(problem + entry, true);
  const sizes = [field(fields.DEPTH), field(fields.HEIGHT), field(fields.WIDTH)];
  const along = (from: number): number => sizes.slice(from).reduce((product, size) => product * size, field(fields.INNER));
  const element = field(fields.ELEMENT);
  const Numbers = element === 8 ? Float64Array : Float32Array;
  const line = along(axis + 1);
  return Array.from(
    { length: outer },
    (_, n) => new Numbers(buffer, (dx + (n * along(0) + low * line) * element) >>> 0, (high - low) * line),
  );
}
