// Finds the operator tests of ONNX, whose pooling is replaced by tests of ours; as root on Debian they are installed if there are none.
import { existsSync } from 'node:fs';
import { canInstall, install } from './apt.mjs';

/** Where Debian's package puts them. */
export const ONNX_TESTDATA = '/usr/share/libonnx-testdata/data';

/** Installs Debian's libonnx-testdata if it is not there, and that can be done. */
export function ensureOnnxTestdata() {
  if (existsSync(ONNX_TESTDATA) || !canInstall()) return;
  install('libonnx-testdata', 'for the tests of ONNX models');
}
