fn writeTaps(i: u32, j: u32, taps: array<vec4<u32>, KERNEL.z>) {
  var values = taps;
  for (var s = 0u; s < KERNEL.z; s++) {
    var span: vec4<u32>;
    for (var e = 0u; e < 4u; e++) {
      let at = 4u * s + e;
      span[e] = values[at % KERNEL.z][at / KERNEL.z];
    }
    dxQuads[quadAt(i, j, corner.z + i32(4u * s))] = packed(span);
  }
}
