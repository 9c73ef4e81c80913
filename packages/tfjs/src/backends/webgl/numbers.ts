/**
 * GLSL: numbers as the bits of float32. A driver may assume that NaN, infinities and overflow do
 * not occur, and may flush subnormal numbers to zero. So a number that may be one of these is
 * tested by its bits, and becomes a float only if it is finite and moderate.
 *
 * The twin of this file is `gpu/kernels/numbers.wgsl` of `softpool`, with the same arithmetic:
 * change both.
 */
export const NUMBERS = /* glsl */ `
const uint MAGNITUDE = 0x7fffffffu;
const uint INFINITE = 0x7f800000u;
const uint MINUS_INFINITE = 0xff800000u;
const uint NOT_A_NUMBER = 0x7fc00000u;
const float LN2 = 0.6931471805599453;

// A weight of e^-139 or less is 0 in float32: 2^LOWEST_LOGIT is 0.
const float LOWEST_LOGIT = -200.;

// With shared weights, terms of an exact gradient may be beyond float32 although their sum is not.
// They are divided by 2^SLOPE_LIFT.
const int SLOPE_LIFT = 16;

// By its bits, since a compiler may flush the literal. It is the least weight of a finite input in a
// gradient.
float smallestNormal() {
  return uintBitsToFloat(0x00800000u);
}

uint magnitude(uint bits) {
  return bits & MAGNITUDE;
}

bool isFinite(uint bits) {
  return magnitude(bits) < INFINITE;
}

// Whether arithmetic on numbers up to this magnitude neither overflows nor loses digits: 0, or 2^-100
// up to 2^100.
bool isModerate(uint largest) {
  return largest == 0u || largest - 0x0d800000u < 0x64000000u;
}

// Integers in the order of the numbers, -0 before 0, NaN beyond the infinities; and back.
int orderOf(uint bits) {
  return int(bits) ^ int(uint(int(bits) >> 31) & MAGNITUDE);
}

uint bitsOf(int order) {
  return uint(order ^ int(uint(order >> 31) & MAGNITUDE));
}

// The power of two that finite numbers up to this magnitude are multiplied by, so that no difference
// overflows or is subnormal.
int liftFor(uint largest) {
  return largest > 0x71800000u ? -3 : 24;
}

float lifted(uint bits, int lift) {
  uint size = magnitude(bits);
  if (size < 0x00800000u) {
    float parts = bits > MAGNITUDE ? -float(size) : float(size);
    return lift == 24 ? parts * uintBitsToFloat(0x01000000u) : 0.; // by 2^-125
  }
  return int(size >> 23) + lift > 0 ? uintBitsToFloat(bits + (uint(lift) << 23)) : 0.;
}

// The bits of value / 2^lift, of a number no larger than the largest float32.
uint lowered(float value, int lift) {
  uint bits = floatBitsToUint(value);
  if (int(magnitude(bits) >> 23) > max(lift, 0)) {
    return bits - (uint(lift) << 23);
  }
  return (bits & ~MAGNITUDE) | uint(floor(abs(value) * uintBitsToFloat(0x7e000000u) + 0.5)); // by 2^125
}

// beta times a lifted difference, for any beta, from its product with the fraction of beta; at most
// the largest float32.
float timesBeta(float product, int lift) {
  uint bits = floatBitsToUint(product);
  int exponent = betaExponent - lift;
  int result = int(magnitude(bits) >> 23) + exponent; // biased by 127
  if (magnitude(bits) == 0u || result < 1) {
    return 0.;
  }
  if (result > 254) {
    return uintBitsToFloat((bits & ~MAGNITUDE) | 0x7f7fffffu);
  }
  return uintBitsToFloat(bits + (uint(exponent) << 23));
}

// beta times a difference of lifted numbers.
float slopeOfLifted(float difference, int lift) {
  return timesBeta(difference * (betaFraction * LN2), lift);
}

// beta (a - b) / 2^SLOPE_LIFT of finite numbers.
float slope(uint a, uint b) {
  uint largest = max(magnitude(a), magnitude(b));
  if (isCareful != 0 || largest > 0x71800000u) {
    int lift = liftFor(largest);
    return slopeOfLifted(lifted(a, lift) - lifted(b, lift), lift + SLOPE_LIFT);
  }
  return (uintBitsToFloat(a) - uintBitsToFloat(b)) * (beta / 65536.);
}

// The logarithm, to base 2, of exp(beta (a - highest)) of finite a <= highest; no lower than where its power is 0.
float logit(uint a, uint highest) {
  uint largest = max(magnitude(a), magnitude(highest));
  if (isCareful != 0 || largest > 0x71800000u) {
    int lift = liftFor(largest);
    return max(timesBeta((lifted(a, lift) - lifted(highest, lift)) * betaFraction, lift), LOWEST_LOGIT);
  }
  return max(uintBitsToFloat(a) - uintBitsToFloat(highest), lowest) * betaScale;
}

// 2^t of t from LOWEST_LOGIT to 0, to one unit in the last place, which exp2 of a driver need not have. The polynomial for the fraction is that of
// Cephes.
float power(float t) {
  if (t < -125.) {
    return 0.;
  }
  float whole = floor(t + 0.5);
  float f = t - whole;
  float p = 1.535336188319500e-4;
  p = p * f + 1.339887440266574e-3;
  p = p * f + 9.618437357674640e-3;
  p = p * f + 5.550332471162809e-2;
  p = p * f + 2.402264791363012e-1;
  p = p * f + 6.931472028550421e-1;
  p = p * f + 1.;
  return uintBitsToFloat(floatBitsToUint(p) + (uint(int(whole)) << 23));
}

// exp(beta (a - highest)): 1 where they are the same, infinities too, and 0 where one of them is infinite.
float massOf(uint a, uint highest) {
  if (a == highest) {
    return 1.;
  }
  if (!isFinite(a) || !isFinite(highest)) {
    return 0.;
  }
  return power(logit(a, highest));
}
`;
