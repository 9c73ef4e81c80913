// What a window adds: w g, with the position's weight; in the exact gradient also the gradient of
// that weight's logit, times the channel's share in it.
fn addWindow(value: u32, weightPosition: u32, output: u32, window: u32, tap: u32) {
  let own = positions[weightPosition];
  let softmax = windows[window];
  if (magnitude(softmax.x) > INFINITY) {
    infinite |= 4u;
    return;
  }
  let perMass = bitcast<f32>(softmax.y);
  var weight = mass(own.x, softmax.x) * bitcast<f32>(own.y) * perMass;
  if (isFinite(own.x)) {
    weight = max(weight, SMALLEST_NORMAL);
  }
  if (weight > 0f) {
    addGradient(weight, statistics[output].z);
  }
  if (EXACT && isFinite(value) && isFinite(softmax.x)) {
    let share = mass(value, softmax.x) * perMass;
    if (share > 0f) {
      addGradient(ldexp(share, SLOPE_LIFT), logitGradientOf(window * problem.most.x * problem.most.y * problem.most.z + tap));
    }
  }
}
