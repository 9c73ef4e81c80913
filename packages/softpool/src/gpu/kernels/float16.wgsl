// Elements of 16 bits, two per word, computed in 32 bits and rounded once. Integers convert them,
// since hardware differs in subnormal numbers, ties and numbers out of range.
const PER_WORD = 2u;

fn element(word: u32, index: u32) -> u32 {
  return widened((word >> ((index & 1u) * 16u)) & 0xffffu);
}

fn wordAt(index: u32) -> u32 {
  return index >> 1u;
}

fn withElement(word: u32, index: u32, bits: u32) -> u32 {
  return word | (narrowed(bits) << ((index & 1u) * 16u));
}

fn widened(half: u32) -> u32 {
  let sign = (half & 0x8000u) << 16u;
  let size = half & 0x7fffu;
  if (size < 0x400u) {
    return sign | bitcast<u32>(f32(size) * 0x1p-24f);
  }
  return sign | ((size << 13u) + select(0x38000000u, 0x70000000u, size >= 0x7c00u));
}

fn narrowed(bits: u32) -> u32 {
  let sign = (bits >> 16u) & 0x8000u;
  let size = magnitude(bits);
  if (size > INFINITY) {
    return 0x7e00u;
  }
  if (size >= 0x477ff000u) { // half way to what would be next after the largest
    return sign | 0x7c00u;
  }
  if (size < 0x38800000u) {
    return sign | u32(round(bitcast<f32>(size) * 0x1p24f));
  }
  return sign | ((size + 0xfffu + ((size >> 13u) & 1u) - 0x38000000u) >> 13u);
}
