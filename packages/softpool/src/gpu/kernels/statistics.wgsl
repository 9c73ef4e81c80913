// Writes what the gradient needs of each window, with the window's dL/dy: of weights of its own
//   statistics   maximum, 1 / mass, mean logit, dL/dy
// and of shared weights
//   statistics   peak of the channel, its mean logit, dL/dy
//   windows      maximum, 1 / mass of each position's window.
@compute @workgroup_size(ABREAST, TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) seat: vec3<u32>) {
  takeSeat(seat);
  let index = threadOf(group, seat.x, ABREAST);
  let window = windowAt(placeOf(min(index, problem.outputs - 1u)));
  if (index < problem.outputs && MEMBER == 0u) {
    let source = problem.outputBase + index;
    record(index, window, element(dy[wordAt(source)], source));
  }
}
