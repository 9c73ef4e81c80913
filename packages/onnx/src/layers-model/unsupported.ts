/** Layers that cannot be written as ONNX. */

/** Thrown by the writer of a layer, with the reason. */
export class Refusal extends Error {}

/** A layer that cannot be written. */
export interface UnsupportedLayer {
  /** Its name after those of the models around it. */
  readonly path: string;
  /** Its class, e.g. `'LSTM'`. */
  readonly type: string;
  /** What about it is not supported; `undefined` if its class is not. */
  readonly reason: string | undefined;
}

/** A model has layers that cannot be written as ONNX. The message names all of them. */
export class UnsupportedLayersError extends Error {
  /** Identifies the error where `instanceof` does not work. */
  override readonly name = 'UnsupportedLayersError';

  /** An error that names these layers. */
  constructor(
    /** The layers that cannot be written. */
    readonly layers: readonly UnsupportedLayer[],
  ) {
    const words = layers.map(({ path, type, reason }) => `'${path}' (${type}${reason === undefined ? '' : `: ${reason}`})`);
    super(`toOnnx: cannot write these layers as ONNX: ${words.join(', ')}; replace them, or export a model that ends before them`);
  }
}
