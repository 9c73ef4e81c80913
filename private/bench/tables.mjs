// Measurements as Markdown tables.
import { cpus, totalmem, type } from 'node:os';
import { version } from 'node:process';
import { markdownTable } from 'markdown-table';

/**
 * @typedef {import('./sections.mjs').Target} Target
 * @typedef {import('./sections.mjs').Row} Row
 * @typedef {import('./sections.mjs').KernelPoint} KernelPoint
 * @typedef {import('./sections.mjs').SmallPoint} SmallPoint
 */

/** What it was measured on, and when. */
export function machine() {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const date = new Date().toISOString().slice(0, 10);
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${memory}, ${type()}, Node ${version}, ${date}.`;
}

/** @param {readonly Target[]} targets */
export function targetsTable(targets) {
  const rows = targets.map(({ work, measured, target, reached }) => [work, measured, target, reached ? 'yes' : '**no**']);
  return table(['work', 'measured', 'must reach', 'reached'], rows, 'lrrl');
}

/** @param {readonly Row[]} rows */
export function rowsTable(rows) {
  const lines = rows.map(({ subject, timing, elements, bytes = 4 }) => [
    subject,
    timing.median.toFixed(2),
    timing.quartiles.map((quartile) => quartile.toFixed(2)).join('–'),
    ((elements * bytes) / timing.median / 1e6).toFixed(2),
  ]);
  return table([rows[0]?.work ?? '', 'ms, median', 'quartiles', 'input GB/s'], lines, 'lrrr');
}

/** @param {readonly KernelPoint[]} points */
export function kernelsTable(points) {
  const rows = points.map(({ kernelSize, layout, ours, plain }) => [
    `${kernelSize}×${kernelSize}`,
    layout,
    ours.toFixed(2),
    (ours / kernelSize ** 2).toFixed(3),
    plain.toFixed(1),
    `${(plain / ours).toFixed(0)}×`,
  ]);
  return table(['window', 'layout', 'ns an output', 'ns a tap', 'plain loop, ns an output', 'speed over it'], rows, 'llrrrr');
}

/** @param {readonly SmallPoint[]} points */
export function smallTable(points) {
  const rows = points.map(({ size, kernel, ours, plain, ratio }) => [
    size,
    kernel,
    (ours / 1000).toFixed(2),
    (plain / 1000).toFixed(2),
    `${ratio.toFixed(2)}×`,
  ]);
  return table(['tensor', 'windows', 'SoftPool, µs', 'plain loop, µs', 'speed over it'], rows, 'llrrr');
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 * @param {string} align - A letter a column, l or r.
 */
export function table(head, rows, align) {
  return markdownTable([head, ...rows], { align: [...align] });
}
