/** BullMQ and ioredis, which are peer dependencies: loaded when they are first needed. */

/** Loads ioredis. Rejects with one line that says what to install if it is missing. */
export function loadIoredis(): Promise<Pick<typeof import('ioredis'), 'Redis'>> {
  return import('ioredis').catch(missing('ioredis'));
}

/** The parts of BullMQ that are used. */
type Bullmq = Pick<typeof import('bullmq'), 'DelayedError' | 'Queue' | 'UnrecoverableError' | 'WaitingError' | 'Worker'>;

/** Loads BullMQ. Rejects with one line that says what to install if it is missing. */
export function loadBullmq(): Promise<Bullmq> {
  return import('bullmq').catch(missing('bullmq'));
}

function missing(name: string): (error: unknown) => never {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`@softpool/queue needs the package ${name}: npm install ${name}`, { cause: error });
  };
}
