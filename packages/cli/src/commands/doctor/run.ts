/** Runs `softpool doctor`. */
import { EXIT } from '../../shared/exit-codes.ts';
import { printJson } from '../../shared/print-json.ts';
import { table } from '../../shared/table.ts';
import { CHECKS, type Check, type Finding } from './checks.ts';

/** What commander makes of the arguments. */
export interface DoctorFlags {
  readonly json?: boolean;
}

/** Runs the command; resolves to its exit code: success if SoftPool itself works. */
export async function runDoctor(flags: DoctorFlags): Promise<number> {
  const results: Result[] = [];
  for (const check of CHECKS) results.push({ ...check, ...(await check.find()) });
  const works = results.every(({ isRequired, isOk }) => isOk || isRequired !== true);
  if (flags.json) printJson(report(results, works));
  else process.stdout.write(`${inWords(results)}\n`);
  return works ? EXIT.ok : EXIT.failed;
}

type Result = Check & Finding;

function report(results: readonly Result[], works: boolean): object {
  return { works, checks: results.map(({ name, neededFor, isOk, found, remedy }) => ({ name, neededFor, isOk, found, remedy })) };
}

function inWords(results: readonly Result[]): string {
  const rows = results.map(({ name, neededFor, isOk, found }) => [isOk ? '✓' : '–', name, found, neededFor]);
  const remedies = results.flatMap(({ name, remedy }) => (remedy === undefined ? [] : [`${name}: ${remedy}`]));
  const advice = remedies.length === 0 ? '' : `\n\nWhat is missing:\n${remedies.map((line) => `  ${line}`).join('\n')}`;
  return `${table(['', 'what', 'found', 'needed for'], rows)}${advice}`;
}
