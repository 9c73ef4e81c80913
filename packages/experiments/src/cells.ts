/** Numbers as cells of a table. */
import type { PairedDifference, Summary } from './paired.ts';

/** As in `91.20 ± 0.31`; the deviation is left out where there is none. */
export function meanCell({ mean, deviation }: Summary, digits: number): string {
  if (!Number.isFinite(mean)) return Number.isNaN(mean) ? '–' : '∞';
  return deviation === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}

/** As in `+0.30 ± 0.12`: a difference and its standard error. */
export function differenceCell({ mean, standardError }: PairedDifference, digits: number): string {
  if (!Number.isFinite(mean)) return '–';
  return standardError === null ? signed(mean, digits) : `${signed(mean, digits)} ± ${standardError.toFixed(digits)}`;
}

/** As in `−0.01 … +0.61`. */
export function intervalCell({ interval }: PairedDifference, digits: number): string {
  return interval === null ? '–' : `${signed(interval[0], digits)} … ${signed(interval[1], digits)}`;
}

/** As in `0.031` or `< 0.001`. */
export function probabilityCell(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** With a sign, a minus as wide as the plus. */
export function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}
