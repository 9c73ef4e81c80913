// The types of the installed packages, checked by the compiler as users' projects do it: their
// declarations too, where these need nothing else.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, inject, test } from 'vitest';

const project = inject('project');

const RESOLUTIONS = {
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

const ANYWHERE = `
  import { createThreadedSoftPool, softPool2d, type ThreadedSoftPool, type Tensor } from 'softpool';
  import * as reference from 'softpool/reference';
  import { poolImage, psnr, type Pixels } from '@softpool/media';
  const x: Tensor<Float32Array> = { data: new Float32Array(16), shape: [1, 1, 4, 4] };
  export const y: Tensor<Float32Array> = softPool2d(x, { kernelSize: 2, padding: 'same', weights: 'shared' });
  export const pool: Promise<ThreadedSoftPool> = createThreadedSoftPool({ threads: 2 });
  const red: Pixels<Uint8Array> = { data: Uint8Array.of(255, 0, 0), width: 1, height: 1, channels: 3 };
  export const same: number = psnr(red, poolImage(red, { factor: 1 }));
  // @ts-expect-error No such option.
  reference.softPool2d(x, { kernel: 2 });
`;

const IN_NODE = `
  import { type Pixels, readImage, resizeImage } from '@softpool/media/node';
  export const half: Promise<Pixels> = readImage('photo.jpg').then((image) => resizeImage(image, { factor: 2, method: 'mitchell' }));
`;

describe.for(Object.entries(RESOLUTIONS))('with the resolution of %s', ([, resolution]) => {
  test('softpool and @softpool/media need no types of a browser or of Node', () => {
    expect(mistakes(ANYWHERE, { ...resolution, lib: ['lib.es2022.d.ts'], types: [] })).toEqual([]);
  });

  test('they agree with the types of a browser and of Node', () => {
    expect(mistakes(ANYWHERE, { ...resolution, lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'], types: ['node'] })).toEqual([]);
  });

  test('@softpool/media/node is for Node', () => {
    expect(mistakes(IN_NODE, { ...resolution, lib: ['lib.es2022.d.ts'], types: ['node'] })).toEqual([]);
  });
});

/**
 * What the compiler says of a file in the project, declarations of packages included. The types of
 * Node are the workspace's.
 */
function mistakes(code: string, options: ts.CompilerOptions): string[] {
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
