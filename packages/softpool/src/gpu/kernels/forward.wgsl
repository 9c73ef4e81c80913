// Writes the outputs: each thread or team writes a word.
@compute @workgroup_size(PER_GROUP, TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  enterTeam(thread);
  let word = threadOf(group, thread.x, PER_GROUP);
  var result = 0u;
  for (var i = 0u; i < PER_WORD; i++) {
    let window = windowAt(placeOf(min(word * PER_WORD + i, problem.outputs - 1u)));
    result = withElement(result, i, window.value);
  }
  if (word * PER_WORD < problem.outputs && MEMBER == 0u) {
    y[problem.outputBase / PER_WORD + word] = result;
  }
}
