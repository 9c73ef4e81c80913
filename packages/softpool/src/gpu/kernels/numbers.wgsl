// Numbers as the bits of float32. WGSL lets an implementation assume that NaN, infinity and
// overflow never occur, and flush subnormal numbers to zero. Whatever may be one of these is
// examined as bits, and becomes an f32 only when it is finite and moderate.

const MAGNITUDE = 0x7fffffffu;
const INFINITY = 0x7f800000u;
const MINUS_INFINITY = 0xff800000u;
const NOT_A_NUMBER = 0x7fc00000u;
const LN2 = 0.6931471805599453;
const LARGEST = 0x1.fffffep127f;
const SMALLEST_NORMAL = 0x1p-126f;

// Weights of e^-139 or less count as 0: so does 2^LOWEST_LOGIT.
const LOWEST_LOGIT = -200f;

// With shared weights the terms of an exact gradient may exceed f32 though their sum does not. They
// are divided by 2^SLOPE_LIFT.
const SLOPE_LIFT = 16;

// An opaque loop bound, so that compilers don't unroll the loops of rare cases, which takes some of
// them seconds. Every problem with such a loop has at least as many inputs as iterations.
fn iterations(number: u32) -> u32 {
  return min(number, problem.inputs);
}

fn magnitude(bits: u32) -> u32 {
  return bits & MAGNITUDE;
}

fn isFinite(bits: u32) -> bool {
  return magnitude(bits) < INFINITY;
}

// Whether f32 arithmetic on numbers of up to this magnitude neither overflows nor loses anything:
// 0, or 2^-100 up to 2^100.
fn isModerate(largest: u32) -> bool {
  return largest == 0u || largest - 0x0d800000u < 0x64000000u;
}

// Integers in the order of the numbers, -0 before 0 and NaN beyond the infinities, and back.
fn orderOf(bits: u32) -> i32 {
  return bitcast<i32>(bits) ^ bitcast<i32>(u32(bitcast<i32>(bits) >> 31u) & MAGNITUDE);
}

fn bitsOf(order: i32) -> u32 {
  return bitcast<u32>(order ^ bitcast<i32>(u32(order >> 31u) & MAGNITUDE));
}

// The power of two by which finite numbers of up to this magnitude are multiplied, so that their
// differences neither overflow nor become subnormal.
fn liftFor(largest: u32) -> i32 {
  return select(24, -3, largest > 0x71800000u);
}

fn lifted(bits: u32, lift: i32) -> f32 {
  let size = magnitude(bits);
  if (size < 0x00800000u) {
    return select(0f, select(f32(size), -f32(size), bits > MAGNITUDE) * 0x1p-125f, lift == 24);
  }
  return select(0f, bitcast<f32>(bits + (bitcast<u32>(lift) << 23u)), i32(size >> 23u) + lift > 0);
}

// The bits of value / 2^lift, which must not exceed the largest f32.
fn lowered(value: f32, lift: i32) -> u32 {
  let bits = bitcast<u32>(value);
  if (i32(magnitude(bits) >> 23u) > max(lift, 0)) {
    return bits - (bitcast<u32>(lift) << 23u);
  }
  return (bits & ~MAGNITUDE) | u32(round(abs(value) * 0x1p125f));
}

// β times a lifted difference, for any β, from its product with the fraction of β; at most the
// largest f32.
fn timesBeta(product: f32, lift: i32) -> f32 {
  let bits = bitcast<u32>(product);
  let exponent = problem.betaExponent - lift;
  let result = i32(magnitude(bits) >> 23u) + exponent; // biased by 127
  if (magnitude(bits) == 0u || result < 1) {
    return 0f;
  }
  if (result > 254) {
    return select(LARGEST, -LARGEST, product < 0f);
  }
  return bitcast<f32>(bits + (bitcast<u32>(exponent) << 23u));
}

// β times a difference of lifted numbers.
fn slopeOfLifted(difference: f32, lift: i32) -> f32 {
  return timesBeta(difference * (problem.betaFraction * LN2), lift);
}

// β (x - y) / 2^SLOPE_LIFT of finite numbers.
fn slope(x: u32, y: u32) -> f32 {
  let largest = max(magnitude(x), magnitude(y));
  if (problem.careful != 0u || largest > 0x71800000u) {
    let lift = liftFor(largest);
    return slopeOfLifted(lifted(x, lift) - lifted(y, lift), lift + SLOPE_LIFT);
  }
  return (bitcast<f32>(x) - bitcast<f32>(y)) * ldexp(problem.beta, -SLOPE_LIFT);
}

// The logarithm to base 2 of exp(β (x - max)) for finite x ≤ max; at least LOWEST_LOGIT.
fn logit(x: u32, highest: u32) -> f32 {
  let largest = max(magnitude(x), magnitude(highest));
  if (problem.careful != 0u || largest > 0x71800000u) {
    let lift = liftFor(largest);
    return max(timesBeta((lifted(x, lift) - lifted(highest, lift)) * problem.betaFraction, lift), LOWEST_LOGIT);
  }
  return max(bitcast<f32>(x) - bitcast<f32>(highest), problem.lowest) * problem.scale;
}

// 2^t for t from LOWEST_LOGIT to 0, to one unit in the last place, where exp2 may be off by 3 + 2
// |t|. The polynomial for the fraction is Cephes'.
fn power(t: f32) -> f32 {
  if (t < -125f) {
    return 0f;
  }
  let whole = round(t);
  let f = t - whole;
  var p = 1.535336188319500e-4f;
  p = p * f + 1.339887440266574e-3f;
  p = p * f + 9.618437357674640e-3f;
  p = p * f + 5.550332471162809e-2f;
  p = p * f + 2.402264791363012e-1f;
  p = p * f + 6.931472028550421e-1f;
  p = p * f + 1f;
  return bitcast<f32>(bitcast<u32>(p) + (bitcast<u32>(i32(whole)) << 23u));
}

// exp(β (x - max)): 1 where they are equal, infinities included, and 0 where only one is infinite.
fn mass(x: u32, highest: u32) -> f32 {
  if (x == highest) {
    return 1f;
  }
  if (!isFinite(x) || !isFinite(highest)) {
    return 0f;
  }
  return power(logit(x, highest));
}
