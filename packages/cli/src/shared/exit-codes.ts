/** What the command's exit status tells a script. */
export const EXIT = {
  /** All was done. */
  ok: 0,
  /** Something could not be done; the rest was. */
  failed: 1,
  /** The arguments make no sense; nothing was done. */
  usage: 2,
  /** Stopped by a closed terminal, Ctrl-C or SIGTERM: 128 and the signal's number. */
  interrupted: { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 },
} as const;

/** A mistake in the arguments: shown with a hint at --help, exit status 2. */
export class UsageError extends Error {}
