// Sums the terms of an input's gradient.

// The sum of the finite terms, and which others there were: 1 for +infinity, 2 for -infinity, 4 for
// NaN.
var<private> sum: f32;
var<private> infinite: u32;

fn startSum() {
  sum = 0f;
  infinite = 0u;
}

fn addGradient(weight: f32, gradient: u32) {
  if (isFinite(gradient)) {
    sum += weight * bitcast<f32>(gradient);
  } else if (magnitude(gradient) > INFINITY) {
    infinite |= 4u;
  } else {
    infinite |= select(1u, 2u, gradient == MINUS_INFINITY);
  }
}

// The bits of the sum.
fn sumOfTerms() -> u32 {
  if (infinite > 2u) {
    return NOT_A_NUMBER;
  }
  return select(select(bitcast<u32>(sum), INFINITY, infinite == 1u), MINUS_INFINITY, infinite == 2u);
}
