@compute @workgroup_size(PER_GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let quad = threadOf(group, thread, PER_GROUP);
  if (quad * 4u >= problem.outputs) {
    return;
  }
  openQuad(quad);
  let found = quadOf();
  var result = bitcast<vec4<u32>>(found.highest + found.below / found.total);
  if (!found.isModerate) {
    for (var i = 0u; i < iterations(4u); i++) {
      result[i] = windowAt(placeOf(quad * 4u + i)).value;
    }
  }
  yQuads[problem.outputBase / 4u + quad] = packed(result);
}
