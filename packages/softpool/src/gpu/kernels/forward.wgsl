// Writes the outputs, a word a thread or team.
@compute @workgroup_size(ABREAST, TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) seat: vec3<u32>) {
  takeSeat(seat);
  let word = threadOf(group, seat.x, ABREAST);
  var result = 0u;
  for (var i = 0u; i < PER_WORD; i++) {
    let window = windowAt(placeOf(min(word * PER_WORD + i, problem.outputs - 1u)));
    result = withElement(result, i, window.value);
  }
  if (word * PER_WORD < problem.outputs && MEMBER == 0u) {
    y[problem.outputBase / PER_WORD + word] = result;
  }
}
