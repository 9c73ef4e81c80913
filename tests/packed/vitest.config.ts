import { defineConfig } from 'vitest/config';

/**
 * Tests of the packages as users get them: packed, installed into an empty project, and used from
 * there.
 */
export default defineConfig({
  test: {
    include: ['tests/packed/*.test.ts'],
    globalSetup: 'tests/packed/install.setup.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
