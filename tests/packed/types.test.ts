// The types of the installed packages, checked by the compiler as users' projects do it: their
// declarations too, where these need nothing else.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import newest from 'typescript';
import { describe, expect, inject, test } from 'vitest';

const project = inject('project');

/** The least version of TypeScript that docs/runtimes.md states: see install.setup.ts. */
const oldest = createRequire(join(project, 'package.json'))('typescript') as typeof newest;

const COMPILERS = { [oldest.version]: oldest, [newest.version]: newest };

const RESOLUTIONS = {
  nodenext: { module: newest.ModuleKind.NodeNext, moduleResolution: newest.ModuleResolutionKind.NodeNext },
  bundler: { module: newest.ModuleKind.ESNext, moduleResolution: newest.ModuleResolutionKind.Bundler },
};

const ANYWHERE = `
  import { softPool2d, type Tensor } from 'softpool';
  import { createThreadedSoftPool, type ThreadedSoftPool } from 'softpool/threads';
  import * as reference from 'softpool/reference';
  import { createMemorySoftPool } from 'softpool/memory';
  import { createGpuSoftPool, type GpuSoftPool, type GpuTensor } from 'softpool/webgpu';
  import { poolImage, psnr, type Pixels } from '@softpool/media';
  const x: Tensor<Float32Array> = { data: new Float32Array(16), shape: [1, 1, 4, 4] };
  export const y: Tensor<Float32Array> = softPool2d(x, { kernelSize: 2, padding: 'same', weights: 'shared' });
  export const pool: Promise<ThreadedSoftPool> = createThreadedSoftPool({ threads: 2 });
  const red: Pixels<Uint8Array> = { data: Uint8Array.of(255, 0, 0), width: 1, height: 1, channels: 3 };
  export const same: number = psnr(red, poolImage(red, { factor: 1 }));
  export const gpu: Promise<GpuSoftPool> = createGpuSoftPool();
  export const pooled = (on: GpuSoftPool, tensor: GpuTensor): GpuTensor => on.softPool2d(tensor, { kernelSize: 2 });
  createMemorySoftPool({ memory: {} as never, allocate: () => 8, free: () => {} });
  // @ts-expect-error No such option.
  reference.softPool2d(x, { kernel: 2 });
`;

const IN_A_PAGE = `
  import { createGpuSoftPool } from 'softpool/webgpu';
  export const limit: Promise<number> = createGpuSoftPool().then(({ device }) => device.limits.maxBufferSize);
  // @ts-expect-error Not a device.
  createGpuSoftPool({ device: 7 });
`;

const IN_NODE = `
  import { type Pixels, readImage, resizeImage } from '@softpool/media/node';
  export const half: Promise<Pixels> = readImage('photo.jpg').then((image) => resizeImage(image, { factor: 2, method: 'mitchell' }));
`;

describe.for(Object.entries(COMPILERS))('TypeScript %s', ([, ts]) => {
  describe.for(Object.entries(RESOLUTIONS))('with the resolution of %s', ([, resolution]) => {
    test('softpool and @softpool/media need no types of a browser or of Node', () => {
      expect(mistakes(ts, ANYWHERE, { ...resolution, lib: ['lib.es2022.d.ts'], types: [] })).toEqual([]);
    });

    test('they agree with the types of a browser and of Node', () => {
      expect(
        mistakes(ts, ANYWHERE, { ...resolution, lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'], types: ts === newest ? ['node'] : [] }),
      ).toEqual([]);
    });
  });
});

describe.for(Object.entries(RESOLUTIONS))('with the resolution of %s', ([, resolution]) => {
  test('@softpool/media/node is for Node', () => {
    expect(mistakes(newest, IN_NODE, { ...resolution, lib: ['lib.es2022.d.ts'], types: ['node'] })).toEqual([]);
  });

  test('softpool/webgpu has the types of WebGPU where the compiler has them', () => {
    expect(mistakes(newest, IN_A_PAGE, { ...resolution, lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'], types: [] })).toEqual([]);
    const webgpu = { lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'], types: ['@webgpu/types'], typeRoots: [join(process.cwd(), 'node_modules')] };
    expect(mistakes(oldest, IN_A_PAGE, { ...resolution, ...webgpu })).toEqual([]);
  });
});

test('the resolution of older CommonJS projects finds the types of softpool', () => {
  const code =
    "import { softPool1d } from 'softpool'; export const { shape } = softPool1d({ data: new Float32Array(2), shape: [1, 2] }, { kernelSize: 2 });";
  const node10 = { module: newest.ModuleKind.CommonJS, moduleResolution: newest.ModuleResolutionKind.Node10 };
  expect(mistakes(oldest, code, { ...node10, lib: ['lib.es2022.d.ts'], types: [] })).toEqual([]);
});

/**
 * What the compiler says of a file in the project, declarations of packages included. The types of
 * Node are the workspace's.
 */
function mistakes(ts: typeof newest, code: string, options: newest.CompilerOptions): string[] {
  const file = join(project, 'use.ts');
  writeFileSync(file, code);
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    skipDefaultLibCheck: true,
    typeRoots: [join(process.cwd(), 'node_modules/@types')],
    ...options,
  });
  const found = ts.getPreEmitDiagnostics(program);
  return found.map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}
