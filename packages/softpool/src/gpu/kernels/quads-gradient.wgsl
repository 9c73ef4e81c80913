// The gradient where windows do not overlap: each input is in one window or in none. Inputs in none
// keep the zeros of a new buffer.
@compute @workgroup_size(PER_GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let quad = threadOf(group, thread, PER_GROUP);
  if (quad * 4u >= problem.outputs) {
    return;
  }
  openQuad(quad);
  let found = quadOf();
  let gradient = unpacked(dyQuads[problem.outputBase / 4u + quad]);
  if (!found.isModerate || any((gradient & vec4<u32>(MAGNITUDE)) >= vec4<u32>(INFINITY))) {
    carefulGradient(quad, gradient);
    return;
  }
  let perTotal = 1f / found.total;
  let mean = problem.beta * found.below * perTotal;
  for (var i = 0u; i < KERNEL.x; i++) {
    for (var j = 0u; j < KERNEL.y; j++) {
      var taps = tapsOf(i, j);
      for (var k = 0u; k < KERNEL.z; k++) {
        let difference = max(bitcast<vec4<f32>>(taps[k]) - found.highest, vec4<f32>(problem.lowest));
        var weight = max(exp2(difference * problem.scale) * perTotal, vec4<f32>(SMALLEST_NORMAL));
        if (EXACT) {
          weight *= 1f + (problem.beta * difference - mean);
        }
        taps[k] = bitcast<vec4<u32>>(weight * bitcast<vec4<f32>>(gradient));
      }
      writeTaps(i, j, taps);
    }
  }
}

fn carefulGradient(quad: u32, gradient: vec4<u32>) {
  var windows: array<vec4<u32>, 4>;
  for (var i = 0u; i < iterations(4u); i++) {
    let window = windowAt(placeOf(quad * 4u + i));
    windows[i] = vec4<u32>(window.max, bitcast<u32>(1f / window.mass), bitcast<u32>(window.mean), gradient[i]);
  }
  for (var i = 0u; i < iterations(KERNEL.x); i++) {
    for (var j = 0u; j < iterations(KERNEL.y); j++) {
      var taps = tapsOf(i, j);
      for (var k = 0u; k < iterations(KERNEL.z); k++) {
        for (var window = 0u; window < iterations(4u); window++) {
          startSum();
          addTerm(taps[k][window], windows[window]);
          taps[k][window] = sumOfTerms();
        }
      }
      writeTaps(i, j, taps);
    }
  }
}
