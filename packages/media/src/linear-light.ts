/**
 * The sRGB transfer function (IEC 61966-2-1). Encoded samples and linear light are both on a 0–1
 * scale.
 */

/** Converts an encoded sample to linear light. */
export function decodeSrgb(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/** Converts linear light to an encoded sample. */
export function encodeSrgb(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}
