/** The report of an experiment on a terminal. */
import type { Report, ReportTable } from '@softpool/experiments';
import Table from 'cli-table3';
import { printable } from '../../shared/text.ts';

export function reportInWords({ title, method, tables, paper }: Report): string {
  const parts = tables.flatMap((table) => [
    `${printable(table.title)}\n${tableInWords(table)}`,
    ...(table.note === undefined ? [] : [table.note]),
  ]);
  return [printable(title), ...method.map(printable), ...parts, `Paper: ${paper}`].join('\n\n');
}

function tableInWords({ head, rows }: ReportTable): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(row.map(printable));
  return table.toString();
}
