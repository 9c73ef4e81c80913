import { installCommand } from './install-command.ts';

/** The exit codes of the command, and the errors that choose one. */
export const EXIT = {
  /** Everything was done. */
  ok: 0,
  /** Something failed; the rest was done. */
  failed: 1,
  /** Invalid arguments, or a package that the command needs is missing; nothing was done. */
  usage: 2,
  /** The inputs of a shard cannot be used; trying again is of no use. sysexits.h: EX_DATAERR. */
  unusable: 65,
  /** A shard is locked, the disk is full or a program was killed. sysexits.h: EX_TEMPFAIL. */
  tryAgain: 75,
  /** Stopped by a closed terminal, Ctrl-C or SIGTERM: 128 plus the signal's number. */
  interrupted: { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 },
} as const;

/** Takes the exit code of a command once it has run. */
export type SetExitCode = (exitCode: number) => void;

/** The paragraph on exit codes in the help of every command. */
export const EXIT_CODES_HELP = 'Exit codes: 0 success, 1 failure, 2 invalid arguments or a missing package, 129, 130 or 143 interrupted.';

/** The same paragraph for commands that work on shards. */
export const SHARD_EXIT_CODES_HELP = `${EXIT_CODES_HELP}
In shards: 1 some inputs failed and are in the ledger, 65 the shard cannot be used, 75 try again (locked, no
space left, a program was killed).`;

/** Work that ends with an exit code of its own. */
export class ExitCodeError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Invalid arguments: printed with a hint at --help, exit code 2. */
export class UsageError extends Error {
  /** The words that run the command whose help explains it. Default: the command that runs. */
  readonly command: string | undefined;

  constructor(message: string, { command, ...options }: ErrorOptions & { readonly command?: string } = {}) {
    super(message, options);
    this.command = command;
  }
}

/** A command needs packages that are not installed: exit code 2. */
export class MissingPackageError extends Error {
  readonly packages: readonly string[];

  constructor(packages: readonly string[]) {
    super(`missing packages: ${packages.join(', ')}`);
    this.packages = packages;
  }

  /** One line that says what to install. */
  messageFor(command: string): string {
    return `${command} needs ${new Intl.ListFormat('en').format(this.packages)}: ${installCommand(this.packages)}`;
  }
}
