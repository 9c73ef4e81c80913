import { defineConfig } from 'vitest/config';

/**
 * What takes long: the packed packages in bundlers, test runners and runtimes, which are installed
 * from the registry, and the memory of long videos.
 */
export default defineConfig({
  test: {
    include: ['tests/deep/*.test.ts'],
    globalSetup: 'tests/packed/install.setup.ts',
    testTimeout: 600_000, // for hangs
    hookTimeout: 600_000,
  },
});
