/** What keeps a whole shard from being done, as opposed to an input that fails. */
import { EXIT, ExitCodeError, UsageError } from '../exit-codes.ts';
import { systemError } from '../files/errors.ts';

/** A shard that is not done. */
export class ShardError extends ExitCodeError {
  /** 65: it cannot be used. 75: it can be done later. */
  declare readonly exitCode: typeof EXIT.unusable | typeof EXIT.tryAgain;
  /** Whether another process has it. */
  readonly isLocked: boolean;

  constructor(
    exitCode: ShardError['exitCode'],
    message: string,
    { isLocked = false, ...options }: ErrorOptions & { isLocked?: boolean } = {},
  ) {
    super(exitCode, message, options);
    this.isLocked = isLocked;
  }
}

/** Errors of the system that another try, or another machine, may not have. */
const PASSING: ReadonlySet<string> = new Set([
  ...['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'ESTALE', 'ETIMEDOUT', 'EINTR'],
  ...['ECONNRESET', 'ENOTCONN', 'EHOSTDOWN', 'EREMOTEIO'],
]);

/**
 * The error of the whole shard that an error of one input stands for, such as a full disk;
 * `undefined` if the input alone failed.
 */
export function troubleOf(error: unknown): ShardError | undefined {
  if (error instanceof ShardError) return error;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (PASSING.has((cause as NodeJS.ErrnoException).code ?? '')) {
      const message = error instanceof Error && error !== cause ? error.message : systemError(cause);
      return new ShardError(EXIT.tryAgain, message, { cause: error });
    }
    if ('reason' in cause && (cause.reason === 'killed' || cause.reason === 'no space')) {
      return new ShardError(EXIT.tryAgain, cause.message, { cause: error });
    }
  }
  return undefined;
}

/** Errors of the system that come from what its user may do, not from the arguments. */
const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The error of a job whose output folder cannot be written: `error`, with an exit code. */
export function outputFolderError(error: Error): ShardError | UsageError {
  const trouble = troubleOf(error);
  if (trouble !== undefined) return trouble;
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  return DENIED.has(code)
    ? new ShardError(EXIT.unusable, error.message, { cause: error })
    : new UsageError(error.message, { cause: error });
}
