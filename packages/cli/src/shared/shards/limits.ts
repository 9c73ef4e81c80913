/** Inputs at once, within a limit for their number and one for their memory. */
import { Semaphore } from 'async-mutex';
import type { Processed, Processor, ProcessorInput } from './command.ts';

/** Processes an input as soon as the limits allow it. */
export type LimitedProcess = (input: ProcessorInput) => Promise<Processed>;

/** Has inputs of a processor wait until it has a free job, and then memory. */
export function limited(processor: Processor): LimitedProcess {
  const jobs = new Semaphore(processor.jobs);
  const memory = new Semaphore(processor.memory);
  return (input) =>
    jobs.runExclusive(async () => {
      const share = await processor.memoryOf(input.source);
      return memory.runExclusive(() => processor.process(input), share);
    });
}
