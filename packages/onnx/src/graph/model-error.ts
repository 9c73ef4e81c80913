/** Errors about models. */

/**
 * A file that is not an ONNX model, is damaged, or cannot be edited. The message is one line:
 * control characters, which names in a model may contain, are escaped.
 */
export class OnnxModelError extends Error {
  /** Identifies the error where `instanceof` does not work. */
  override readonly name = 'OnnxModelError';

  /** Creates an error. */
  constructor(message: string, options?: ErrorOptions) {
    super(
      message.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`),
      options,
    );
  }
}
