/** The line that says what was written. */
import { printable } from './text.ts';

/** The flags that decide whether and where the line is printed. */
export interface ReportFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Prints `input → output, details`: on standard error, or as the result of a dry run on standard
 * output.
 */
export function reportWritten(input: string, output: string, details: readonly string[], flags: ReportFlags): void {
  if (flags.json || flags.quiet) return;
  const line = [`${printable(input)} → ${printable(output)}`, ...details].join(', ');
  if (flags.dryRun) process.stdout.write(`${line} (dry run: nothing was written)\n`);
  else process.stderr.write(`${line}\n`);
}
