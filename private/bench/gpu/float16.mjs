// Float16 as bits, for a Node without Float16Array. Good enough for activations: normal numbers, and what lies nearer to zero is zero.

/** @param {Float32Array} values */
export function toFloat16(values) {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) {
    const bits = Number(words[i]);
    const magnitude = bits & 0x7fffffff;
    // 13 bits less of fraction, half a step added before, and an exponent that is 112 less.
    halves[i] = ((bits >>> 16) & 0x8000) | (magnitude < 0x38800000 ? 0 : (magnitude - 0x38000000 + 0x1000) >>> 13);
  }
  return halves;
}

/** @param {Uint16Array} halves */
export function fromFloat16(halves) {
  return Float32Array.from(halves, (half) => {
    const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
    const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return half & 0x8000 ? -magnitude : magnitude;
  });
}
