/** Numbers as table cells. */
import type { PairedDifference, Summary } from '../statistics/paired.ts';

/** A mean and its deviation, if any, as in `91.20 ± 0.31`. */
export function meanCell({ mean, deviation }: Summary, digits: number): string {
  if (!Number.isFinite(mean)) return Number.isNaN(mean) ? '–' : '∞';
  return deviation === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}

/** A difference and its standard error, as in `+0.30 ± 0.12`. */
export function differenceCell({ mean, standardError }: PairedDifference, digits: number): string {
  if (!Number.isFinite(mean)) return '–';
  return standardError === null ? signed(mean, digits) : `${signed(mean, digits)} ± ${standardError.toFixed(digits)}`;
}

/** An interval, as in `−0.01 … +0.61`. */
export function intervalCell({ interval }: PairedDifference, digits: number): string {
  return interval === null ? '–' : `${signed(interval[0], digits)} … ${signed(interval[1], digits)}`;
}

/** A probability, as in `0.031` or `< 0.001`. */
export function probabilityCell(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** A number with its sign, and a minus as wide as the plus. */
export function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}
