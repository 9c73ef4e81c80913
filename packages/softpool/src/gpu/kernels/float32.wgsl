// Elements of 32 bits, one per word.
const PER_WORD = 1u;

fn element(word: u32, index: u32) -> u32 {
  return word;
}

fn wordAt(index: u32) -> u32 {
  return index;
}

fn withElement(word: u32, index: u32, bits: u32) -> u32 {
  return bits;
}
