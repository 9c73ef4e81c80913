import { readFileSync } from 'node:fs';
import { platform } from 'node:process';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium } from './scripts/chromium.mjs';
import { BROWSERS, notRun, testFiles } from './scripts/not-run.mjs';
import { ONNX_TESTDATA } from './scripts/onnx-testdata.mjs';
import { vulkanEnvironment } from './scripts/vulkan.mjs';
import { WORKSPACE_SOURCES } from './scripts/workspace-sources.mjs';

/** Without these headers a page has no SharedArrayBuffer, and so no threads. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Tests in browsers: the specification where backends differ, and tests that need a page. */
const BROWSER_TESTS = ['packages/*/src/**/*.spec.ts', 'packages/*/src/**/*.browser.test.ts'];
const SAME_EVERYWHERE = ['packages/softpool/src/{reference,memory}.spec.ts', 'packages/tfjs/src/cpu.spec.ts'];

/** Tests that do not depend on isolation. */
const SAME_ISOLATED = [
  ...SAME_EVERYWHERE,
  'packages/softpool/src/{index,webgpu}.spec.ts',
  'packages/tfjs/src/{webgl,webgpu}.spec.ts',
  'packages/onnx/src/**/*.browser.test.ts',
];

const NODE_TESTS = ['packages/*/src/**/*.{test,spec}.ts', 'tests/{documentation,examples,repository}/*.test.ts'];
const NOT_IN_NODE = ['**/*.browser.test.ts', ...notRun(platform).map(({ file }) => file)];
const NODE = { env: { ...vulkanEnvironment(), ONNX_TESTDATA } };

/**
 * Tests that replace modules or globals, or open a GPU, which other files must not share, or that
 * measure the memory of a program, which begins with that of the process that starts it.
 */
const ALONE = testFiles(/\.(?:test|spec)\.ts$/).filter((file) =>
  /\bvi\.(?:mock|resetModules|stubGlobal)\(|openWebGpu|createGpuSoftPool|'webgpu'|peakOf/.test(readFileSync(file, 'utf8')),
);

export default defineConfig({
  resolve: { alias: WORKSPACE_SOURCES },
  test: {
    // For hangs only: no test depends on how fast the machine is, or how busy.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          ...NODE,
          name: 'node',
          include: NODE_TESTS,
          exclude: [...NOT_IN_NODE, ...ALONE],
          // Loading TensorFlow.js anew for each file would take a fifth of the time of all tests.
          isolate: false,
        },
      },
      { extends: true, test: { ...NODE, name: 'node-isolated', include: ALONE, exclude: NOT_IN_NODE } },
      ...(BROWSERS.length === 0 ? [] : [inBrowsers('browser', false), inBrowsers('browser-isolated', true)]),
    ],
  },
});

function inBrowsers(name: string, isolated: boolean) {
  const executablePath = findChromium();
  const chromium = {
    ...(executablePath && { executablePath }),
    args: ['--disable-quic', '--enable-unsafe-webgpu'],
  };
  return {
    extends: true as const,
    server: { headers: isolated ? ISOLATION : {} },
    test: {
      name,
      include: BROWSER_TESTS,
      provide: { isolated },
      setupFiles: ['./tests/isolation.setup.ts'],
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        instances: BROWSERS.map((browser) => ({
          browser,
          exclude: [...(isolated ? SAME_ISOLATED : SAME_EVERYWHERE), ...notRun(browser).map(({ file }) => file)],
          provider: playwright(browser === 'chromium' ? { launchOptions: chromium } : {}),
        })),
      },
    },
  };
}
