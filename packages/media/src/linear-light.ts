/**
 * The sRGB transfer function (IEC 61966-2-1). Encoded samples and linear light are both on a 0–1
 * scale.
 */

/** Converts an encoded sample to linear light. */
export function decodeSrgb(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/**
 * As decodeSrgb, with the same bits on every engine: `**` may differ in its last bit. x^2.4 = x²
 * (x²)^(1/5), with the root by Newton's method.
 */
export function decodeSrgbExactly(encoded: number): number {
  if (encoded <= 0.04045) return encoded / 12.92;
  const square = ((encoded + 0.055) / 1.055) ** 2;
  return square * fifthRoot(square);
}

/** Converts linear light to an encoded sample. */
export function encodeSrgb(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** The fifth root of a number from 0 to 1, which Newton's method nears from above. */
function fifthRoot(value: number): number {
  let root = 1;
  for (;;) {
    const next = root - (root - value / (root * root * (root * root))) / 5;
    if (next >= root) return root;
    root = next;
  }
}
