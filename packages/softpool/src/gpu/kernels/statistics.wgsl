// Writes what the gradient needs of each window. With weights per channel:
//   statistics   maximum, 1 / mass, mean logit, dL/dy
// With shared weights:
//   statistics   the channel's peak, its mean logit, dL/dy
//   windows      maximum, 1 / mass of each position's window
@compute @workgroup_size(PER_GROUP, TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  enterTeam(thread);
  let index = threadOf(group, thread.x, PER_GROUP);
  let window = windowAt(placeOf(min(index, problem.outputs - 1u)));
  if (index < problem.outputs && MEMBER == 0u) {
    let source = problem.outputBase + index;
    record(index, window, element(dy[wordAt(source)], source));
  }
}
