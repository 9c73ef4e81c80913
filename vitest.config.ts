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

/** Tests in pages on a GPU, which is emulated in software. */
const ON_GPU = [
  'packages/softpool/src/webgpu.spec.ts',
  'packages/tfjs/src/{webgl,webgpu,training,trainable-beta}.spec.ts',
  'packages/onnx/src/emit/soft-pool-webgpu.browser.test.ts',
];

/** Tests that do not depend on isolation. */
const SAME_ISOLATED = [
  ...SAME_EVERYWHERE,
  'packages/softpool/src/{index,webgpu}.spec.ts',
  'packages/tfjs/src/{webgl,webgpu}.spec.ts',
  'packages/onnx/src/**/*.browser.test.ts',
];

/**
 * Tests in Node in a process of their own: the specification, and what leaves threads, a GPU, a
 * page or a mocked module behind. The others share two processes, which load TensorFlow.js and
 * other packages once. backend.setup.ts puts its backend back before each file.
 */
const OWN_PROCESS = [
  'packages/*/src/**/*.spec.ts',
  'packages/*/src/**/{threads,gpu,webgpu}/*.test.ts',
  'packages/*/src/**/webgpu.test.ts',
  'packages/{training/src/train,experiments/src/latency,experiments/src/training}/*.test.ts',
  'tests/examples/*.test.ts',
];
const SHARED_PROCESS = ['private/specification/src/*.test.ts', 'packages/*/src/**/*.test.ts', 'tests/{documentation,repository}/*.test.ts'];

/** Starts tests of Node on a GPU in software last: they use all processors. */
class GpuLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => Number(isOnGpu(a)) - Number(isOnGpu(b)));
  }
}

function isOnGpu({ moduleId }: TestSpecification): boolean {
  return /gpu|\/train[a-z-]*\.spec\./.test(moduleId);
}

/**
 * Projects of a group run at the same time, and groups one after another. Pages on a GPU in
 * software use one processor, and tests that run commands wait for them: they go together.
 */
const GROUP = { first: 0, commandsAndGpu: 1 } as const;

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
    sequence: { sequencer: GpuLast },
    tags: [
      { name: 'long', description: 'left out of npm test; npm run test:long runs it' },
      { name: 'deep', description: 'left out of both; npm run test:deep runs it' },
      { name: 'sampled', description: 'npm test tries some of the problems, npm run test:long more' },
    ],
    provide: { specification },
    projects: [
      inNode('node', GROUP.first, OWN_PROCESS),
      inNode('node-shared', GROUP.commandsAndGpu, SHARED_PROCESS, OWN_PROCESS, false),
      ...(BROWSERS.length === 0
        ? []
        : [
            inBrowsers('browser', GROUP.first, BROWSER_TESTS, [...SAME_EVERYWHERE, ...ON_GPU]),
            inBrowsers('browser-isolated', GROUP.first, BROWSER_TESTS, SAME_ISOLATED, true),
            inBrowsers('browser-gpu', GROUP.commandsAndGpu, ON_GPU),
          ]),
    ],
  },
});

function inNode(name: string, groupOrder: number, include: string[], exclude: string[] = [], isolate = true) {
  return {
    extends: true as const,
    test: {
      name,
      include,
      isolate,
      sequence: { groupOrder },
      setupFiles: ['./tests/typed-arrays.setup.ts', './tests/seed.setup.ts', ...(isolate ? [] : ['./tests/backend.setup.ts'])],
      exclude: ['**/*.browser.test.ts', ...exclude, ...notRun(platform).map(({ file }) => file)],
      env: { ...vulkanEnvironment(), ONNX_TESTDATA },
    },
  };
}

function inBrowsers(name: string, groupOrder: number, include: string[], exclude: string[] = [], isolated = false) {
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
      include,
      sequence: { groupOrder },
      provide: { isolated, specification },
      setupFiles: ['./tests/isolation.setup.ts', './tests/seed.setup.ts'],
      browser: {
        enabled: true,
        headless: true,
        // Pages of a browser share a process for the GPU, and one keeps the others waiting.
        fileParallelism: false,
        screenshotFailures: false,
        instances: BROWSERS.map((browser) => ({
          browser,
          exclude: [...exclude, ...notRun(browser).map(({ file }) => file)],
          provider: playwright(browser === 'chromium' ? { launchOptions: chromium } : {}),
        })),
      },
    },
  };
}
