/** Tables on a terminal, in one style for all commands. */
import Table from 'cli-table3';
import { printable } from './text.ts';

/** A column: its title, and on which side its cells are aligned. */
export type Column = string | { readonly title: string; readonly align: 'right' };

/** A table with a line for each row; control characters in its cells are made visible. */
export function table(columns: readonly Column[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = new Table({
    head: columns.map((column) => printable(typeof column === 'string' ? column : column.title)),
    colAligns: columns.map((column) => (typeof column === 'string' ? 'left' : column.align)),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) lines.push(row.map((cell) => printable(String(cell))));
  return lines.toString();
}

/** A column of numbers. */
export function right(title: string): Column {
  return { title, align: 'right' };
}
