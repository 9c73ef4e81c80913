// A project of browser tests has, or has not, a cross-origin isolated page: without it threads
// would silently go untested.
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    isolated: boolean;
  }
}

if (crossOriginIsolated !== inject('isolated')) {
  throw new Error(`crossOriginIsolated is ${crossOriginIsolated}: the headers of this project in vitest.config.ts have not arrived`);
}
