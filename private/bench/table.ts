/** Tables of measurements, as Markdown. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem, type } from 'node:os';
import { argv, stderr, version } from 'node:process';
import { quartiles } from '@softpool/experiments/internal';
import { markdownTable } from 'markdown-table';

/** `--quick`: small tensors and few rounds, to see that a benchmark runs. Ignore its figures. */
export const QUICK = argv.includes('--quick');

/** Where figures stand between markers. */
export const DOCUMENT = 'docs/performance.md';

/** What is measured on, and when. */
export function machineLine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpus()[0]?.model.trim()}, ${gigabytes} GB, ${type()}, Node ${version}, ${new Date().toISOString().slice(0, 10)}.`;
}

/** A Markdown table: a column of text, then numbers unless `align`, a letter each, differs. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], align = `l${'r'.repeat(head.length - 1)}`): string {
  return markdownTable([head, ...rows], { align: [...align] });
}

/** Two cells: the median in milliseconds, and the quartiles. */
export function timeCells(samples: readonly number[], digits = 2): [median: string, quartiles: string] {
  const [first, median, third] = quartiles(samples).map((milliseconds) => milliseconds.toFixed(digits));
  return [`${median}`, `${first}–${third}`];
}

/** One cell, as in `6.80 (5.98–8.16)`. */
export function timeCell(samples: readonly number[]): string {
  const [median, between] = timeCells(samples);
  return `${median} (${between})`;
}

/** Does some work, and says so on standard error. */
export async function report<R>(what: string, work: () => Promise<R>): Promise<R> {
  const start = performance.now();
  stderr.write(`measuring ${what} …`);
  const result = await work();
  stderr.write(` ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
  return result;
}

/** The document with `part` between the markers of `name`. */
export function withPart(document: string, [name, part]: readonly [string, string]) {
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [before, after] = [document.indexOf(start), document.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`the document has no place for "${name}": it needs ${start} and ${end}`);
  return `${document.slice(0, before + start.length)}\n${part}\n${document.slice(after)}`;
}

/** Puts parts between the markers of their names in a document. */
export function updateDocument(path: string, parts: Readonly<Record<string, string>>): void {
  writeFileSync(path, Object.entries(parts).reduce(withPart, readFileSync(path, 'utf8')));
}
