// What a window adds: w g by the position's weight, and exactly, by the channel's share in it, how the loss changes with that weight.
fn addWindow(value: u32, ours: u32, output: u32, window: u32, tap: u32) {
  let own = positions[ours];
  let their = windows[window];
  if (magnitude(their.x) > INFINITY) {
    infinite |= 4u;
    return;
  }
  let perMass = bitcast<f32>(their.y);
  var weight = mass(own.x, their.x) * bitcast<f32>(own.y) * perMass;
  if (isFinite(own.x)) {
    weight = max(weight, SMALLEST_NORMAL);
  }
  if (weight > 0f) {
    addGradient(weight, statistics[output].z);
  }
  if (EXACT && isFinite(value) && isFinite(their.x)) {
    let share = mass(value, their.x) * perMass;
    if (share > 0f) {
      addGradient(ldexp(share, PULL_LIFT), pullOf(window * problem.most.x * problem.most.y * problem.most.z + tap));
    }
  }
}
