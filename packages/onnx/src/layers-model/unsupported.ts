/** Layers that cannot be written as ONNX. */

/** Thrown where a layer is written, with the reason. */
export class Refusal extends Error {}

/** A layer that cannot be written. */
export interface UnsupportedLayer {
  /** Its name, behind those of the models that it is in. */
  readonly name: string;
  /** Its class, as in `'LSTM'`. */
  readonly className: string;
  /** What about it; `undefined`, if no layer of this class can be written. */
  readonly reason: string | undefined;
}

/** A model with layers that cannot be written as ONNX. Its message names all of them. */
export class UnsupportedLayersError extends Error {
  /** By which it is known where classes are not. */
  override readonly name = 'UnsupportedLayersError';

  /** An error that names all these layers. */
  constructor(
    /** What cannot be written. */
    readonly layers: readonly UnsupportedLayer[],
  ) {
    const words = layers.map(({ name, className, reason }) => `'${name}' (${className}${reason === undefined ? '' : `: ${reason}`})`);
    super(`toOnnx: cannot write these layers as ONNX: ${words.join(', ')}; replace them, or make a model that ends before them`);
  }
}
