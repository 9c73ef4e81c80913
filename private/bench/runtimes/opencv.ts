/** Models in OpenCV's dnn, of Debian's python3-opencv. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from './outcome.ts';

/** Prints, as JSON, the values of each model's output, or the error. */
const PROGRAM = `
import json, sys
import cv2, numpy
folder, count, shape = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
x = numpy.fromfile(folder + '/x', numpy.float32).reshape(shape)
outcomes = []
for i in range(count):
    try:
        network = cv2.dnn.readNetFromONNX(folder + '/' + str(i) + '.onnx')
        network.setInput(x)
        outcomes.append([float(value) for value in network.forward().ravel()])
    except Exception as error:
        outcomes.append(str(error))
print(json.dumps(outcomes))
`;

/** Runs each model. */
export function runOpenCv(models: readonly Uint8Array[], x: Float32Array, shape: readonly number[]): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-opencv-'));
  try {
    writeFileSync(join(folder, 'x'), x);
    for (const [i, model] of models.entries()) writeFileSync(join(folder, `${i}.onnx`), model);
    const args = ['-c', PROGRAM, folder, String(models.length), JSON.stringify(shape)];
    const { status, stdout, stderr } = spawnSync('/usr/bin/python3', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
    if (status !== 0) throw new Error(`bench: OpenCV does not run; install python3-opencv. ${stderr}`);
    return JSON.parse(stdout) as Outcome[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
