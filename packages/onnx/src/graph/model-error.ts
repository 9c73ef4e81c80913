/** Errors about models. */

/** A file that is not an ONNX model, is damaged, or cannot be edited. The message is one line. */
export class OnnxModelError extends Error {
  /** Identifies the error where `instanceof` does not work. */
  override readonly name = 'OnnxModelError';
}
