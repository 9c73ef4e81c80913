// Rows are innermost: four neighboring windows of a row. A row of their taps is read in whole
// quads, each inside the input's row or outside it, and taken apart: tap k of window w is element
// LEAD + w STRIDE + k.
const LEAD = (4u - BEFORE.z % 4u) % 4u;
const SPAN = (LEAD + 3u * STRIDE.z + KERNEL.z + 3u) / 4u;

// the first window's first tap, with LEAD elements before it; either may lie in the padding
var<private> corner: vec3<i32>;
var<private> first: u32;         // quad at the plane's first position

const LANES_ARE_CHANNELS = false;

fn channelQuads() -> u32 {
  return 1u;
}

fn openQuad(quad: u32) {
  let size = problem.output;
  let perRow = size.z / 4u;
  let row = quad / perRow;
  let slice = row / size.y;
  openAt(slice / size.x, vec3<u32>(slice % size.x, row % size.y, quad % perRow * 4u), 0u);
}

// Opens the quad of a plane whose first window this is.
fn openAt(plane: u32, window: vec3<u32>, channels: u32) {
  corner = vec3<i32>(window * STRIDE) - vec3<i32>(BEFORE) - vec3<i32>(0, 0, i32(LEAD));
  first = (problem.inputBase + plane * problem.input.x * problem.input.y * problem.input.z) / 4u;
}

fn quadAt(i: u32, j: u32, column: i32) -> u32 {
  let row = u32(corner.x + i32(i)) * problem.input.y + u32(corner.y + i32(j));
  return first + (row * problem.input.z + u32(column)) / 4u;
}

fn tapsOf(i: u32, j: u32) -> array<vec4<u32>, KERNEL.z> {
  var span: array<vec4<u32>, SPAN>;
  for (var s = 0u; s < SPAN; s++) {
    let column = corner.z + i32(4u * s);
    span[s] = vec4<u32>(ABSENT);
    if (!PADDED || u32(column) < problem.input.z) {
      span[s] = unpacked(xQuads[quadAt(i, j, column)]);
    }
  }
  var taps: array<vec4<u32>, KERNEL.z>;
  for (var k = 0u; k < KERNEL.z; k++) {
    for (var window = 0u; window < 4u; window++) {
      let at = LEAD + window * STRIDE.z + k;
      taps[k][window] = span[at / 4u][at % 4u];
    }
  }
  return taps;
}
