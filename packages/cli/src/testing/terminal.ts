/** Runs the built command in a pseudo-terminal, made by util-linux's `script`. */
import { spawn } from 'node:child_process';
import { COMMAND } from './run-cli.ts';

/** Keys that a user types. */
export const CTRL_C = '\u0003';

/** Escape sequences of terminals. */
export const ESCAPE = { hideCursor: '\u001b[?25l', showCursor: '\u001b[?25h' } as const;

/**
 * Runs `softpool` with a shell's command line in `folder`. Types `type` as soon as the terminal
 * shows `waitFor`.
 *
 * @returns The command's exit code, and all that was sent to the terminal.
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
