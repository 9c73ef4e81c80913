/** The error of a WebAssembly backend whose memory is full. */

/**
 * Rejects as `work` does. A WebAssembly backend that has no memory left aborts without saying so,
 * and cannot go on: the error then says what to try.
 */
export async function withMemoryErrors<T>(batchSize: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    const samples = batchSize === 1 ? 'one sample' : `a batch of ${batchSize} samples`;
    const message = `the backend ran out of memory: ${samples} takes more than the 4 GiB of WebAssembly; try a smaller batch size or input`;
    throw new Error(message, { cause: error });
  }
}
