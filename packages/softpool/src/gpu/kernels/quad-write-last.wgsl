fn writeTaps(i: u32, j: u32, taps: array<vec4<u32>, KERNEL.z>) {
  var values = taps;
  for (var k = 0u; k < KERNEL.z; k++) {
    dxQuads[quadAt(i, j, corner.z + i32(k))] = packed(values[k]);
  }
}
