import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium } from './scripts/chromium.mjs';
import { vulkanEnvironment } from './scripts/vulkan.mjs';
import { WORKSPACE_SOURCES } from './scripts/workspace-sources.mjs';

/** Without these headers a page has no SharedArrayBuffer, and so no threads. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** What runs in the browser: the specification on what differs there, and tests that need a page. */
const BROWSER_TESTS = ['packages/*/src/**/*.spec.ts', 'packages/*/src/**/*.browser.test.ts'];
const SAME_EVERYWHERE = ['packages/softpool/src/{reference,memory}.spec.ts', 'packages/tfjs/src/cpu.spec.ts'];

/** What has nothing to do with isolation. */
const SAME_ISOLATED = [
  ...SAME_EVERYWHERE,
  'packages/softpool/src/{index,webgpu}.spec.ts',
  'packages/tfjs/src/{webgl,webgpu}.spec.ts',
  'packages/onnx/src/**/*.browser.test.ts',
];

export default defineConfig({
  resolve: { alias: WORKSPACE_SOURCES },
  test: {
    testTimeout: 120_000, // programs for a GPU made by software take long to compile, beside other tests
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['packages/*/src/**/*.{test,spec}.ts', 'tests/{documentation,examples,repository}/*.test.ts'],
          exclude: ['**/*.browser.test.ts'],
          env: vulkanEnvironment(),
        },
      },
      inChromium('browser', false),
      inChromium('browser-isolated', true),
    ],
  },
});

function inChromium(name: string, isolated: boolean) {
  const executablePath = findChromium();
  return {
    extends: true as const,
    server: { headers: isolated ? ISOLATION : {} },
    test: {
      name,
      include: BROWSER_TESTS,
      exclude: isolated ? SAME_ISOLATED : SAME_EVERYWHERE,
      provide: { isolated },
      setupFiles: ['./tests/isolation.setup.ts'],
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({
          launchOptions: { ...(executablePath && { executablePath }), args: ['--disable-quic', '--enable-unsafe-webgpu'] },
        }),
        instances: [{ browser: 'chromium' as const }],
      },
    },
  };
}
