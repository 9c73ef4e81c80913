/**
 * `@softpool/onnx/internal`: random inputs of models and the comparison of their outputs, which
 * `softpool check` and the studio share. It may change in any release; import it only from this
 * repository.
 *
 * @module
 */
export { type Drift, driftMeter } from './check/drift.ts';
export { elementsOf, type NamedTensors, numbersOf, type TensorType, type TensorValue } from './check/elements.ts';
export { normalNumbers, randomTensor } from './check/random-tensor.ts';
