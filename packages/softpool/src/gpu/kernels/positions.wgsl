// One logit for all channels of a position that share weights: Σ_c exp(β x_c) = mass exp(β max).
// Writes max (bits) and mass.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let position = threadOf(group, thread, 64u);
  if (position >= problem.inputs / problem.channels) {
    return;
  }
  let space = problem.input.x * problem.input.y * problem.input.z;
  let step = select(1u, space, problem.planes > 1u);
  let example = position / space;
  let base = problem.inputBase + select(position * problem.channels, example * problem.channels * space + position % space, problem.planes > 1u);
  var order = orderOf(0xffffffffu);
  var top = 0u;
  for (var c = 0u; c < problem.channels; c++) {
    let source = base + c * step;
    let value = element(x[wordAt(source)], source);
    order = max(order, orderOf(value));
    top = max(top, magnitude(value));
  }
  if (top > INFINITY) {
    positions[position] = vec2<u32>(NOT_A_NUMBER, 0u);
    return;
  }
  let highest = bitsOf(order);
  var total = 0f;
  var block = 0f;
  for (var c = 0u; c < problem.channels; c++) {
    let source = base + c * step;
    block += mass(element(x[wordAt(source)], source), highest);
    if ((c & 63u) == 63u) {
      total += block;
      block = 0f;
    }
  }
  positions[position] = vec2<u32>(highest, bitcast<u32>(total + block));
}
