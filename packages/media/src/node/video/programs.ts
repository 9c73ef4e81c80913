/** Runs ffmpeg and ffprobe as child processes. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { platform } from 'node:process';
import type { Writable } from 'node:stream';
import { CONTAINERS } from './containers.ts';

/**
 * Why a video cannot be read or written. `'killed'`: a signal ended ffmpeg or ffprobe, as when
 * memory is short. With `'killed'` and `'no space'` another try may succeed.
 */
export type VideoErrorReason = 'missing program' | 'unreadable' | 'unsupported' | 'unwritable' | 'killed' | 'no space';

/** How a message names an option, and the value to give it. */
export type NameOption = (option: string, value?: string) => string;

/** A video that cannot be read or written, in words that can be shown. */
export class VideoError extends Error {
  /** Why. */
  readonly reason: VideoErrorReason;
  readonly #messageBy: (nameOf: NameOption) => string;

  /**
   * An error with a message that can be shown. If the message names options, it is a function of
   * how they are named.
   */
  constructor(reason: VideoErrorReason, message: string | ((nameOf: NameOption) => string), options?: ErrorOptions) {
    const messageBy = typeof message === 'string' ? () => message : message;
    super(
      messageBy((option, value) => `options.${option}${value === undefined ? '' : `: '${value}'`}`),
      options,
    );
    this.name = 'VideoError';
    this.reason = reason;
    this.#messageBy = messageBy;
  }

  /** The message, with options that are named in another way, such as the flags of a command. */
  messageWith(nameOf: NameOption): string {
    return this.#messageBy(nameOf);
  }
}

/** Where ffmpeg and ffprobe are. */
export interface ProgramOptions {
  /** The folder of `ffmpeg` and `ffprobe`. Default: they are on the `PATH`. */
  readonly programs?: string | undefined;
}

/** Arguments before an input: local files only, and nothing that refers to other files. */
export const LOCAL: readonly string[] = ['-protocol_whitelist', 'file,pipe', '-format_whitelist', CONTAINERS.join(',')];

/** The levels of messages in front of each, so that errors can be told from the rest. */
export const LOG: readonly string[] = ['-hide_banner', '-nostats', '-loglevel', 'repeat+level+info'];

type Program = 'ffmpeg' | 'ffprobe';

/** Programs that run now. */
const running = new Set<ChildProcess>();

/**
 * Ends all programs that read or write videos, at once: for a signal handler.
 *
 * @example
 * ```ts
 * process.once('SIGINT', () => killPrograms());
 * ```
 */
export function killPrograms(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A started program. */
export interface Running {
  readonly child: ChildProcess;
  /**
   * Its exit code, once it has ended; `undefined` if a signal ended it. Rejects if it could not be
   * started.
   */
  readonly ended: Promise<number | undefined>;
}

/** Starts a program. In a group of its own, since a terminal sends Ctrl-C to all of a group. */
export function start(program: Program, args: readonly string[], options: ProgramOptions, stdio: SpawnOptions['stdio']): Running {
  const path = options.programs === undefined ? program : `${options.programs}/${program}`;
  const child = spawn(path, args, { stdio, detached: platform !== 'win32', windowsHide: true });
  if (!process.listeners('exit').includes(killPrograms)) process.once('exit', killPrograms);
  running.add(child);
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', (error) => {
      running.delete(child);
      reject(startError(path, error));
    });
    child.once('close', (status) => {
      running.delete(child);
      resolve(status ?? undefined);
    });
  });
  ended.catch(() => {}); // whoever waits for it is told
  return { child, ended };
}

/** Limits of a program that runs to its end. */
export interface RunOptions extends ProgramOptions {
  /** Bytes of output. More is a failure. Default 64 MiB. */
  readonly maxBytes?: number;
  /** What the program reads from its standard input, and from its pipes from 3 on. */
  readonly inputs?: readonly Uint8Array[];
}

/** A program that takes longer is stuck. */
const MOST_MILLISECONDS = 120_000;

/** A program's output, and the first error that it reports. */
export interface Result {
  readonly isOk: boolean;
  readonly output: Buffer;
  readonly message: string;
}

/** Runs a program to its end. */
export async function run(program: Program, args: readonly string[], options: RunOptions): Promise<Result> {
  const { maxBytes = 2 ** 26, inputs: [input, ...others] = [] } = options;
  const { child, ended } = start(program, args, options, [
    input === undefined ? 'ignore' : 'pipe',
    'pipe',
    'pipe',
    ...others.map(() => 'pipe' as const),
  ]);
  if (input !== undefined) feed(child, 0, input);
  for (const [i, other] of others.entries()) feed(child, 3 + i, other);
  const output: Buffer[] = [];
  let length = 0;
  let said = '';
  let stopped: string | undefined;
  const stop = (reason: string): void => {
    stopped = `${program} ${reason}`;
    child.kill('SIGKILL');
  };
  const timer = setTimeout(() => stop('took too long'), MOST_MILLISECONDS);
  child.stdout?.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= maxBytes) output.push(chunk);
    else stop('wrote too much');
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    if (said.length < 2000) said += chunk.toString();
  });
  const status = await ended.finally(() => clearTimeout(timer));
  if (status === undefined && stopped === undefined) throw new VideoError('killed', `${program} was killed`);
  const lines = said.trim().split('\n');
  const message = stopped ?? plainMessage(lines.find((line) => /\[(?:error|fatal|panic)\]/.test(line)) ?? lines[0] ?? '');
  return { isOk: status === 0, output: Buffer.concat(output), message: message || `${program} failed` };
}

/**
 * The JSON that ffprobe prints, an object with `key`. Throws if it is something else: another
 * program has its name.
 */
export function parsed<T extends object>(output: Buffer, key: keyof T): T {
  try {
    const json = JSON.parse(output.toString()) as T;
    if (Array.isArray(json[key])) return json;
  } catch {} // not JSON, or null
  throw new VideoError('missing program', 'the output of ffprobe cannot be read; install ffmpeg with its ffprobe');
}

/** Writes all of a pipe of a program. It may end before it has read that, and says why. */
export function feed(child: ChildProcess, pipe: number, bytes: Uint8Array): void {
  const stream = child.stdio[pipe] as Writable;
  stream.on('error', () => {});
  stream.end(bytes);
}

/** A program's message without its source, memory addresses and the path that it was given. */
export function plainMessage(line: string): string {
  return line
    .replaceAll(/\[[^\]]*@ 0x[0-9a-f]+\] /g, '')
    .replace(/^\[(?:error|fatal|warning|panic)\] /, '')
    .replace(/^file:[^:]*: /, '')
    .trim();
}

function startError(path: string, error: NodeJS.ErrnoException): VideoError {
  const isMissing = error.code === 'ENOENT';
  const message = isMissing
    ? `${path} was not found; videos need ffmpeg and ffprobe. Install them (Debian and Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg), or put them on the PATH`
    : `${path} could not be started: ${error.message}`;
  return new VideoError('missing program', message, { cause: error });
}
