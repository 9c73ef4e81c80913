// Channels are innermost: a quad is four channels, whose windows have the same taps.
var<private> corner: vec3<i32>;  // the window's first tap, which may lie in the padding
var<private> first: u32;         // quad of these channels at the plane's first position

const LANES_ARE_CHANNELS = true;

fn channelQuads() -> u32 {
  return problem.inner / 4u;
}

fn openQuad(quad: u32) {
  let size = problem.output;
  let position = quad / channelQuads();
  let row = position / size.z;
  let slice = row / size.y;
  openAt(slice / size.x, vec3<u32>(slice % size.x, row % size.y, position % size.z), quad % channelQuads());
}

// Opens the quad of a plane by its window and quad of channels.
fn openAt(plane: u32, window: vec3<u32>, channels: u32) {
  corner = vec3<i32>(window * STRIDE) - vec3<i32>(BEFORE);
  first = problem.inputBase / 4u + plane * problem.input.x * problem.input.y * problem.input.z * channelQuads() + channels;
}

fn quadAt(i: u32, j: u32, column: i32) -> u32 {
  let row = u32(corner.x + i32(i)) * problem.input.y + u32(corner.y + i32(j));
  return first + (row * problem.input.z + u32(column)) * channelQuads();
}

fn tapsOf(i: u32, j: u32) -> array<vec4<u32>, KERNEL.z> {
  var taps: array<vec4<u32>, KERNEL.z>;
  for (var k = 0u; k < KERNEL.z; k++) {
    let column = corner.z + i32(k);
    taps[k] = vec4<u32>(ABSENT);
    if (!PADDED || u32(column) < problem.input.z) {
      taps[k] = unpacked(xQuads[quadAt(i, j, column)]);
    }
  }
  return taps;
}
