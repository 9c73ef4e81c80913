// Finds the operator tests of the ONNX standard, which our tests rewrite. As root on Debian, they
// are installed if they are missing.
import { existsSync } from 'node:fs';
import { canInstall, install } from './apt.mjs';

/** The folder of Debian's package. */
export const ONNX_TESTDATA = '/usr/share/libonnx-testdata/data';

/** Installs Debian's libonnx-testdata if it is missing and can be installed. */
export function ensureOnnxTestdata() {
  if (existsSync(ONNX_TESTDATA) || !canInstall()) return;
  install('libonnx-testdata', 'for the tests of ONNX models');
}
