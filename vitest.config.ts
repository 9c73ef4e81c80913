import { env, platform } from 'node:process';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { findChromium } from './scripts/chromium.mjs';
import { BROWSERS, notRun } from './scripts/not-run.mjs';
import { ONNX_TESTDATA } from './scripts/onnx-testdata.mjs';
import { testSeed } from './scripts/test-seed.mjs';
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

/**
 * Packages whose tests leave nothing behind in the modules of others, such as a backend registered
 * in TensorFlow.js. They share two processes, which load those modules once.
 */
const SHARED_PROCESS = ['packages/{cli,experiments,media,models,queue,surgery}/src/**/*.test.ts'];

/**
 * Starts tests on a GPU in software once the pages, which have another one, are done: the two slow
 * each other down. Tests that share processes come last and one after another, since each other
 * test ends a process.
 */
class PagesBeforeGpu extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  if (!project.config.isolate) return 2;
  return /gpu|\/train[a-z-]*\.spec\./.test(moduleId) ? 1 : 0;
}

/** What the scripts of `npm run test:long` and `npm run test:deep` set. */
const { SOFTPOOL_LONG, SOFTPOOL_RUNS, SOFTPOOL_SEED } = env;
const isWhole = SOFTPOOL_LONG === '1';
const specification = {
  isWhole,
  runs: SOFTPOOL_RUNS === undefined ? undefined : Number(SOFTPOOL_RUNS),
  seed: SOFTPOOL_SEED === undefined ? testSeed(isWhole) : Number(SOFTPOOL_SEED),
};

export default defineConfig({
  resolve: { alias: WORKSPACE_SOURCES },
  test: {
    // For hangs only: no test depends on how fast the machine is, or how busy.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: '100%',
    sequence: { sequencer: PagesBeforeGpu },
    tags: [
      { name: 'long', description: 'left out of npm test; npm run test:long runs it' },
      { name: 'deep', description: 'left out of both; npm run test:deep runs it' },
      { name: 'sampled', description: 'npm test tries some of the problems, npm run test:long more' },
    ],
    provide: { specification },
    projects: [
      inNode('node', ['packages/*/src/**/*.{test,spec}.ts', 'tests/{documentation,examples,repository}/*.test.ts'], SHARED_PROCESS),
      inNode('node-shared', SHARED_PROCESS, [], false),
      ...(BROWSERS.length === 0 ? [] : [inBrowsers('browser', false), inBrowsers('browser-isolated', true)]),
    ],
  },
});

function inNode(name: string, include: string[], exclude: string[] = [], isolate = true) {
  return {
    extends: true as const,
    test: {
      name,
      include,
      isolate,
      setupFiles: ['./tests/typed-arrays.setup.ts', './tests/seed.setup.ts'],
      exclude: ['**/*.browser.test.ts', ...exclude, ...notRun(platform).map(({ file }) => file)],
      env: { ...vulkanEnvironment(), ONNX_TESTDATA },
    },
  };
}

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
      provide: { isolated, specification },
      setupFiles: ['./tests/isolation.setup.ts', './tests/seed.setup.ts'],
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
