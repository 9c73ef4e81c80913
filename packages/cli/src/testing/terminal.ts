/** The built command in a terminal: a pseudo-terminal, made by util-linux's `script`. */
import { spawn } from 'node:child_process';
import { COMMAND } from './run-cli.ts';

/** Keys that a user types. */
export const CTRL_C = '\u0003';

/** What terminals obey. */
export const ESCAPE = { hideCursor: '\u001b[?25l', showCursor: '\u001b[?25h' } as const;

/**
 * Runs `softpool` with a line of words for a shell, in `folder`. As soon as the terminal shows `waitFor`, `type` is typed.
 *
 * @returns The command's status, and all that was sent to the terminal.
 */
export function runInTerminal(
  folder: string,
  line: string,
  keys?: { waitFor: string; type: string },
): Promise<{ status: number | null; screen: string }> {
  const command = COMMAND.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const env = { ...process.env, SHELL: '/bin/sh', TERM: 'xterm' };
  const terminal = spawn('script', ['--quiet', '--return', '--command', `exec ${command} ${line}`, '/dev/null'], { cwd: folder, env });
  let screen = '';
  let isTyped = false;
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    if (keys === undefined || isTyped || !screen.includes(keys.waitFor)) return;
    isTyped = true;
    terminal.stdin.write(keys.type);
  });
  return new Promise((resolve, reject) => {
    terminal.once('error', reject);
    terminal.once('close', (status) => resolve({ status, screen }));
  });
}
