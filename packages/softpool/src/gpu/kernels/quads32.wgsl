// Four elements of 32 bits in 16 bytes.
fn unpacked(quad: vec4<u32>) -> vec4<u32> {
  return quad;
}

fn packed(bits: vec4<u32>) -> vec4<u32> {
  return bits;
}
