// A quad of 32-bit elements in 16 bytes.
fn unpacked(quad: vec4<u32>) -> vec4<u32> {
  return quad;
}

fn packed(bits: vec4<u32>) -> vec4<u32> {
  return bits;
}
