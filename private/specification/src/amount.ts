/** How much the specification tests. */

declare module 'vitest' {
  interface ProvidedContext {
    specification: {
      /** Whether all sizes and tensors are tested, and more problems: in `npm run test:long`. */
      isWhole: boolean;
      /** The number of problems drawn for each test, in place of each backend's. */
      runs: number | undefined;
      /** The seed of the problems. */
      seed: number;
    };
  }
}

/**
 * How many of the sizes, windows and tensors are tested: few in `npm test`, all in
 * `npm run test:long`, where some are enough for a brief backend.
 */
export type Amount = 'all' | 'some' | 'few';
