/** A time limit on decoders, which cannot be stopped while they draw. */
import { ImageError } from './image-error.ts';

let late = 0;

/** How many images are still being decoded, although their time was up. */
export function lateDecoders(): number {
  return late;
}

/** Rejects with an `ImageError` if the work is not done in time. It then goes on unseen. */
export async function withTimeLimit<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late++;
      const end = (): void => void late--;
      work.then(end, end);
      reject(new ImageError('timeout', 'decoding takes longer than the time limit'));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
