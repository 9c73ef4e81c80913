// What a window adds: w g, or, in the exact gradient, w (1 + β (x - y)) g. A finite input has
// weight however far below the maximum it is.
fn addTerm(value: u32, window: vec4<u32>) {
  let highest = window.x;
  if (magnitude(highest) > INFINITY) {
    infinite |= 4u;
  } else if (!isFinite(value)) {
    if (value == highest) {
      addGradient(bitcast<f32>(window.y), window.w);
    }
  } else if (!isFinite(highest)) {
    addGradient(SMALLEST_NORMAL, window.w);
  } else {
    let exponent = logit(value, highest);
    let weight = max(power(exponent) * bitcast<f32>(window.y), SMALLEST_NORMAL);
    if (EXACT) {
      let moves = exponent * LN2 - bitcast<f32>(window.z);
      addGradient(weight * (1f + moves), window.w);
      // ∞ + ∞ (x - y) has a limit only if both have the same sign.
      infinite |= select(0u, 4u, !isFinite(window.w) && moves <= 0f);
    } else {
      addGradient(weight, window.w);
    }
  }
}
