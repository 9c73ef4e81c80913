// All tests of a run draw their problems from one seed.
import fc from 'fast-check';
import { inject } from 'vitest';

fc.configureGlobal({ seed: inject('specification').seed });
