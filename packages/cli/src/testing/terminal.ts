/** Runs the built command in a pseudo-terminal, and shows what its screen shows. */
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { COMMAND } from './run-cli.ts';

/** Keys that a user types. */
export const CTRL_C = '\u0003';

/** What a user does, and the size of the window. */
export interface TerminalOptions {
  /** Types `type` as soon as the terminal gets `waitFor`. */
  readonly keys?: { readonly waitFor: string; readonly type: string };
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A terminal after the command has ended. */
export interface Terminal {
  /** As a shell shows it: 128 and its number if a signal ended the command. */
  readonly status: number;
  /** All that was sent to the terminal, with escape sequences. */
  readonly sent: string;
  /**
   * The lines on the screen and above it, as a user reads them, without the empty ones at the end.
   * A line that the terminal wrapped is one.
   */
  readonly screen: readonly string[];
  /** Where a shell's prompt would stand: the line of `screen`, and the column. */
  readonly cursor: readonly [line: number, column: number];
}

/** Runs `softpool` with a shell's command line in `folder`. */
export async function runInTerminal(folder: string, line: string, options: TerminalOptions = {}): Promise<Terminal> {
  const { keys, columns = 80, env = {} } = options;
  const command = COMMAND.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const { NO_COLOR, FORCE_COLOR, ...inherited } = process.env;
  const size = { cols: columns, rows: 24 };
  const child = spawn('/bin/sh', ['-c', `exec ${command} ${line}`], {
    ...size,
    cwd: folder,
    name: 'xterm-256color',
    env: { ...inherited, ...env },
  });
  const terminal = new xterm.Terminal({ ...size, scrollback: 10_000, allowProposedApi: true });
  let sent = '';
  let isTyped = false;
  child.onData((text) => {
    sent += text;
    terminal.write(text);
    if (keys === undefined || isTyped || !sent.includes(keys.waitFor)) return;
    isTyped = true;
    child.write(keys.type);
  });
  const { exitCode, signal } = await new Promise<{ exitCode: number; signal?: number }>((resolve) => child.onExit(resolve));
  await new Promise<void>((resolve) => terminal.write('', resolve));
  const { screen, cursor } = screenOf(terminal);
  terminal.dispose();
  return { status: signal === undefined || signal === 0 ? exitCode : 128 + signal, sent, screen, cursor };
}

function screenOf(terminal: InstanceType<typeof xterm.Terminal>): Pick<Terminal, 'screen' | 'cursor'> {
  const { active } = terminal.buffer;
  const screen: string[] = [];
  const cursorRow = active.baseY + active.cursorY;
  let cursorLine = 0;
  for (let row = 0; row < active.length; row++) {
    const line = active.getLine(row);
    const text = line?.translateToString(!active.getLine(row + 1)?.isWrapped) ?? '';
    if (line?.isWrapped) screen.push(`${screen.pop() ?? ''}${text}`);
    else screen.push(text);
    if (row === cursorRow) cursorLine = screen.length - 1;
  }
  while (screen.at(-1) === '') screen.pop();
  return { screen, cursor: [cursorLine, active.cursorX] };
}
