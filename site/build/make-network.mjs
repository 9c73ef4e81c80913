// Makes the network of the studio from a run of `softpool train`, and the pictures it looks at.
// site/network/README.md has the commands. Its graph also gives the input and the output of each
// pooling, and the program prints how often the network is right on the test pictures.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { swapPooling } from '@softpool/onnx';
import { openDataSet } from '@softpool/training/node';
import { ModelProtoSchema, ValueInfoProtoSchema } from 'onnx-buf';
import ort from 'onnxruntime-node';
import sharp from 'sharp';

const [, , run, data = '/usr/share/datasets/fashion-mnist'] = argv;
if (run === undefined) throw new Error('give the folder of a run: node site/build/make-network.mjs runs/clothes');
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = `${root}site/network/`;
const SIDE = 28;
/** Pictures beside one of each class: the answer changes when the poolings are swapped. */
const CHANGED = 4;

const file = `${folder}clothes.onnx`;
execFileSync('node', [`${root}packages/cli/bin/softpool.js`, 'export', run, '-o', file, '--layout', 'channelsFirst', '--force']);
const layers = addPoolingOutputs();
const bytes = readFileSync(file);
const max = await ort.InferenceSession.create(bytes);
const soft = await ort.InferenceSession.create(swapPooling(bytes).model);

const clothes = await openDataSet(data, { split: 'validation' });
const right = { max: 0, soft: 0 };
/** @type {number[]} */
const changed = [];
const shown = clothes.classes.map((_, label) => clothes.labels.indexOf(label));
for (const [index, label] of clothes.labels.entries()) {
  const answers = { max: await answerOf(max, index), soft: await answerOf(soft, index) };
  if (answers.max === label) right.max += 1;
  if (answers.soft === label) right.soft += 1;
  if (answers.max === label && answers.soft !== label && changed.length < CHANGED && !shown.includes(index)) changed.push(index);
}
shown.push(...changed);

const sprite = new Uint8Array(shown.length * SIDE * SIDE);
for (const [place, index] of shown.entries()) {
  const { data: levels } = await clothes.read(index);
  for (let row = 0; row < SIDE; row++) {
    sprite.set(Uint8Array.from(levels.subarray(row * SIDE, (row + 1) * SIDE)), (row * shown.length + place) * SIDE);
  }
}
await sharp(sprite, { raw: { width: shown.length * SIDE, height: SIDE, channels: 1 } })
  .png({ compressionLevel: 9 })
  .toFile(`${folder}clothes.png`);
const pictures = shown.map((index) => ({ index, label: clothes.labels[index] }));
writeFileSync(`${folder}clothes.json`, `${JSON.stringify({ classes: clothes.classes, pictures, layers }, null, 2)}\n`);
console.log(`clothes.onnx: ${bytes.length} bytes; ${clothes.labels.length} test pictures: ${right.max} right with max pooling,`);
console.log(`${right.soft} when its poolings are swapped for soft pooling, without training it again`);

/** Makes the values before and after each max pooling outputs of the graph. */
function addPoolingOutputs() {
  const model = fromBinary(ModelProtoSchema, readFileSync(file));
  const graph = model.graph;
  if (graph === undefined) throw new Error('the model has no graph');
  const poolings = graph.node.filter(({ opType }) => opType === 'MaxPool');
  const names = poolings.map(({ input: [before = ''], output: [after = ''] }) => ({ before, after }));
  const known = new Map([...graph.valueInfo, ...graph.output].map((info) => [info.name, info]));
  for (const name of names.flatMap(({ before, after }) => [before, after])) {
    graph.output.push(known.get(name) ?? create(ValueInfoProtoSchema, { name }));
  }
  writeFileSync(file, toBinary(ModelProtoSchema, model));
  return names;
}

/**
 * The class that the network gives a test picture.
 *
 * @param {ort.InferenceSession} session
 * @param {number} index
 */
async function answerOf(session, index) {
  const { data: levels } = await clothes.read(index);
  const input = new ort.Tensor(
    'float32',
    Float32Array.from(levels, (level) => level / 127.5 - 1),
    [1, 1, SIDE, SIDE],
  );
  const outputs = await session.run({ [session.inputNames[0] ?? '']: input });
  const logits = Array.from(/** @type {Float32Array} */ (outputs[session.outputNames[0] ?? '']?.data));
  return logits.indexOf(Math.max(...logits));
}
