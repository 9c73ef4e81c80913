/** The report of an experiment on a terminal. */
import type { Report, ReportTable } from '@softpool/experiments';
import { right, table } from '../../shared/table.ts';
import { printable } from '../../shared/text.ts';

export function reportText({ title, method, tables, paper }: Report): string {
  const parts = tables.flatMap((table) => [
    `${printable(table.title)}\n${tableText(table)}`,
    ...(table.note === undefined ? [] : [table.note]),
  ]);
  return [printable(title), ...method.map(printable), ...parts, `Paper: ${paper}`].join('\n\n');
}

function tableText({ head, rows }: ReportTable): string {
  const columns = head.map((title, column) => (column === 0 ? title : right(title)));
  return table(columns, rows);
}
