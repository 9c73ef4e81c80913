// The documentation is complete and true: public functions document how to call them, and every
// example does what it says.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { chdir, platform } from 'node:process';
import { pathToFileURL } from 'node:url';
import { env } from '@huggingface/transformers';
import { writeTextModel } from '@softpool/testing/model-folders';
import { startRedis, type TestRedis } from '@softpool/testing/redis';
import sharp from 'sharp';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { docCommentExamples, markdownExamples, withAssertions } from './examples.ts';
import { COMPILER_OPTIONS, publicExports, ROOT } from './public-exports.ts';

const exported = publicExports();

describe('every public function documents its parameters, has an example, and names only errors that there are', () => {
  for (const { name, from, parameters, tags } of exported) {
    if (parameters === undefined) continue;
    test(`${from}: ${name}`, () => {
      const documented = tags
        .filter((tag) => tag.name === 'param')
        .map(({ text }) => text?.find(({ kind }) => kind === 'parameterName')?.text);
      expect(documented).toEqual(parameters);
      expect(tags.map((tag) => tag.name)).toContain('example');
      const thrown = tags.filter((tag) => tag.name === 'throws').map(({ text }) => ts.displayPartsToString(text));
      expect(thrown.filter((text) => /^(?:never|nothing|none)\b/i.test(text))).toEqual([]);
    });
  }
});

describe('every example is well typed, runs, and gives what its comments say', () => {
  const folder = `${ROOT}test-output/examples/`;
  const all = [...docCommentExamples(exported), ...markdownExamples()];
  // There is no Redis for Windows.
  const examples = all.filter(({ code }) => platform !== 'win32' || !code.includes('openShardQueue'));
  let redis: TestRedis | undefined;
  const fileOf = (index: number): string => `${folder}${index}.ts`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [index, { code }] of examples.entries()) writeFileSync(fileOf(index), withAssertions(code));
  const program = ts.createProgram(
    examples.map((_, index) => fileOf(index)),
    { ...COMPILER_OPTIONS, noUnusedLocals: false },
  );

  beforeAll(async () => {
    vi.spyOn(console, 'log').mockReturnValue();
    // A small model in place of one from the Hub.
    Object.assign(env, { allowRemoteModels: false, localModelPath: `${folder}models/`, useFSCache: false });
    await writeTextModel(`${folder}models/onnx-community/all-MiniLM-L6-v2-ONNX`);
    // The picture that a reader has.
    await sharp(`${ROOT}examples/photographs/coffee.png`).resize(1024, 768).jpeg().toFile(`${folder}photo.jpg`);
    chdir(folder);
    if (platform === 'win32') return;
    redis = await startRedis();
    vi.stubEnv('REDIS_URL', redis.url);
  });

  afterAll(async () => {
    chdir(ROOT);
    await redis?.stop();
  });

  for (const [index, { title }] of examples.entries()) {
    test(title, async () => {
      const mistakes = ts.getPreEmitDiagnostics(program, program.getSourceFile(fileOf(index)));
      expect(mistakes.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
      await import(pathToFileURL(fileOf(index)).href);
    });
  }
});
