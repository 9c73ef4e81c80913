/** What is wrong with a model. */

/** A file that is no ONNX model, is damaged, or is one that cannot be edited. Its message is one line. */
export class OnnxModelError extends Error {
  /** By which it is known where classes are not. */
  override readonly name = 'OnnxModelError';
}
