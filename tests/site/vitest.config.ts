// The built site in Chromium: `npm run site:test`, which builds it first.
import { defineConfig } from 'vitest/config';
import { WORKSPACE_SOURCES } from '../../scripts/workspace-sources.mjs';

export default defineConfig({
  resolve: { alias: WORKSPACE_SOURCES },
  // Limits are for hangs only: no test depends on how fast the machine is.
  test: {
    include: ['tests/site/*.test.ts'],
    maxWorkers: '100%',
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Less than a test's, so that a failure says what was last there.
    expect: { poll: { timeout: 300_000 } },
  },
});
