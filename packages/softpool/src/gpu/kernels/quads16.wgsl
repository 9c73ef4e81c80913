// A quad of 16-bit elements in 8 bytes.
fn unpacked(quad: vec2<u32>) -> vec4<u32> {
  return vec4<u32>(element(quad.x, 0u), element(quad.x, 1u), element(quad.y, 0u), element(quad.y, 1u));
}

fn packed(bits: vec4<u32>) -> vec2<u32> {
  let halves = vec4<u32>(narrowed(bits.x), narrowed(bits.y), narrowed(bits.z), narrowed(bits.w));
  return vec2<u32>(halves.x | (halves.y << 16u), halves.z | (halves.w << 16u));
}
