import { expect, test } from 'vitest';
import { externalFiles, foldSoftPool, inspectPooling, swapPooling } from '../index.ts';

test('what is not a Uint8Array is an error that says what to give', () => {
  for (const call of [inspectPooling, swapPooling, foldSoftPool, externalFiles]) {
    for (const model of [null, new ArrayBuffer(8), 'model.onnx']) {
      expect(() => call(model as never)).toThrow(`${call.name}: model must be a Uint8Array with the bytes of an ONNX model, received`);
    }
  }
});
