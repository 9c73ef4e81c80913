/** `globalSoftPool`, in a module of its own, so that other calls' bundles leave out its masks. */
import type { SoftPoolCalls } from './api/calls.ts';
import { maskedCalls } from './api/masked.ts';
import { runForward } from './cpu/this-thread.ts';

/** @function */
export const globalSoftPool: SoftPoolCalls['globalSoftPool'] = /* @__PURE__ */ maskedCalls(runForward).globalSoftPool;
