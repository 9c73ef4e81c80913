/**
 * GLSL: one window and its softmax. The twin of this file is `gpu/kernels/window.wgsl` of
 * `softpool`, with the same arithmetic: change both.
 */

/** Sums of up to 64 terms, where every step may round. */
export const SHORT_SUMS = /* glsl */ `
// A sum of sums loses less than a long sum: it adds terms four by four.
struct Sum {
  vec3 terms;
  vec3 fours;
  int count;
};

Sum nothing() {
  return Sum(vec3(0.), vec3(0.), 0);
}

void add(inout Sum sum, vec3 term) {
  sum.terms += term;
  sum.count++;
  if ((sum.count & 3) == 0) {
    sum.fours += sum.terms;
    sum.terms = vec3(0.);
  }
}

vec3 totalOf(Sum sum) {
  return sum.fours + sum.terms;
}
`;

/** Sums of any length. */
export const LONG_SUMS = /* glsl */ `
// It adds terms four by four, the fours four by four, and so on, for windows of many thousand taps.
struct Sum {
  vec3 terms;
  vec3 fours;
  vec3 sixteens;
  vec3 of256;
  vec3 of4096;
  int count;
};

Sum nothing() {
  return Sum(vec3(0.), vec3(0.), vec3(0.), vec3(0.), vec3(0.), 0);
}

void add(inout Sum sum, vec3 term) {
  sum.terms += term;
  sum.count++;
  if ((sum.count & 3) == 0) {
    sum.fours += sum.terms;
    sum.terms = vec3(0.);
  }
  if ((sum.count & 15) == 0) {
    sum.sixteens += sum.fours;
    sum.fours = vec3(0.);
  }
  if ((sum.count & 255) == 0) {
    sum.of256 += sum.sixteens;
    sum.sixteens = vec3(0.);
  }
  if ((sum.count & 4095) == 0) {
    sum.of4096 += sum.of256;
    sum.of256 = vec3(0.);
  }
}

vec3 totalOf(Sum sum) {
  return sum.of4096 + (sum.of256 + (sum.sixteens + (sum.fours + sum.terms)));
}
`;

/** The weight of a maximum. */
export const MAXIMUM_APART = /* glsl */ `
// A weight as a term of a sum. The weight of the maximum is separate, so that the others lose no
// digits to it.
vec2 maximumApart(float weight, bool isHighest) {
  return isHighest ? vec2(weight, 0.) : vec2(0., weight);
}
`;

/** Weights per channel: the elements are the logits, and each counts once. */
export const PER_CHANNEL_LOGITS = /* glsl */ `
const bool IS_SHARED = false;
const int MEAN_LIFT = 0;

uvec2 logitAt(int position, uint value) {
  return uvec2(value, 0x3f800000u);
}
`;

/** Shared weights: {@link POSITIONS} made one logit per position, and how often it counts. */
export const SHARED_LOGITS = /* glsl */ `
const bool IS_SHARED = true;
const int MEAN_LIFT = SLOPE_LIFT;

uvec2 logitAt(int position, uint value) {
  return floatBitsToUint(vec2(getPositions(2 * position), getPositions(2 * position + 1)));
}
`;

/**
 * One logit for all channels of a position that share weights: exp(βx) summed over them is mass ·
 * exp(β max). Writes max and mass.
 */
export const POSITIONS = /* glsl */ `
void main() {
  int position = getOutputCoords().x;
  int space = spaceOf(inputSize);
  int gap = planes > 1 ? space : 1;
  int base = planes > 1 ? position / space * channels * space + position % space : position * channels;
  int order = orderOf(0xffffffffu);
  uint top = 0u;
  for (int c = 0; c < channels; c++) {
    uint value = floatBitsToUint(getX(base + c * gap));
    order = max(order, orderOf(value));
    top = max(top, magnitude(value));
  }
  uint highest = bitsOf(order);
  Sum sum = nothing();
  for (int c = 0; c < channels; c++) {
    add(sum, vec3(massOf(floatBitsToUint(getX(base + c * gap)), highest), 0., 0.));
  }
  bool isNumber = top <= INFINITE;
  setOutput(vec4(uintBitsToFloat(isNumber ? highest : NOT_A_NUMBER), isNumber ? totalOf(sum).x : 0., 0., 0.));
}
`;

/**
 * Up to three passes over the taps: for the maxima; for the sums; and for sums of lifted numbers,
 * if numbers or β are beyond what float32 adds up without loss.
 */
export const WINDOW = /* glsl */ `
// highest is the maximum of the logits (bits), mass the sum of exp(beta (x - max)), and value the
// output (bits). mean is beta times the sum of w (x - peak), where the peak is the maximum of the
// inputs that have weight. For weights per channel the peak is the highest; for shared weights mean is
// divided by 2^SLOPE_LIFT.
struct Window {
  uint highest;
  float mass;
  uint value;
  uint peak;
  float mean;
};

uint inputAt(Place place, int position) {
  return floatBitsToUint(getX(place.channel + position * inner));
}

// The highest and the lowest of the logits and of the inputs, in orderOf, the lowest negated.
ivec4 extremesOf(Place place) {
  ivec2 own = ivec2(int(0x80000000u));
  ivec2 shared = own;
  EACH_TAP(place) {
    int position = positionOf(place, i, j, k);
    uint value = inputAt(place, position);
    own = max(own, ivec2(orderOf(value), ~orderOf(value)));
    if (IS_SHARED) {
      int order = orderOf(logitAt(place.position + position, value).x);
      shared = max(shared, ivec2(order, ~order));
    }
  }
  return ivec4(IS_SHARED ? shared : own, own);
}

// For moderate numbers: the sums of e, with the maximum's apart, and of e (x - peak), where
// e = exp(beta (x - max)).
vec3 moderateSums(Place place, uint highest, uint peak) {
  Sum sum = nothing();
  EACH_TAP(place) {
    int position = positionOf(place, i, j, k);
    uint value = inputAt(place, position);
    uvec2 logits = logitAt(place.position + position, value);
    float difference = max(uintBitsToFloat(logits.x) - uintBitsToFloat(highest), lowest);
    float weight = power(difference * betaScale) * uintBitsToFloat(logits.y);
    float below = IS_SHARED ? uintBitsToFloat(value) - uintBitsToFloat(peak) : difference;
    add(sum, vec3(maximumApart(weight, logits.x == highest), weight * below));
  }
  return totalOf(sum);
}

// For numbers and beta of any size: the sum of e, and the highest and the lowest input with weight,
// the lowest negated.
float weighed(Place place, uint highest, out ivec2 extremes) {
  extremes = ivec2(int(0x80000000u));
  Sum sum = nothing();
  EACH_TAP(place) {
    int position = positionOf(place, i, j, k);
    uint value = inputAt(place, position);
    uvec2 logits = logitAt(place.position + position, value);
    float weight = massOf(logits.x, highest) * uintBitsToFloat(logits.y);
    // An input of -infinity counts wherever another channel gives its position weight, however small.
    if (weight > 0. || (value == MINUS_INFINITE && isFinite(logits.x) && isFinite(highest))) {
      extremes = max(extremes, ivec2(orderOf(value), ~orderOf(value)));
    }
    add(sum, vec3(maximumApart(weight, logits.x == highest), 0.));
  }
  vec3 total = totalOf(sum);
  return total.x + total.y;
}

// The sums of w (x - peak), lifted into the range of float32, and of w beta (x - peak).
vec2 averaged(Place place, uint highest, float mass, uint peak, int lift) {
  Sum sum = nothing();
  float top = lifted(peak, lift);
  EACH_TAP(place) {
    int position = positionOf(place, i, j, k);
    uint value = inputAt(place, position);
    uvec2 logits = logitAt(place.position + position, value);
    float weight = massOf(logits.x, highest) * uintBitsToFloat(logits.y) / mass;
    if (weight > 0. && isFinite(value)) {
      float difference = lifted(value, lift) - top;
      add(sum, weight * vec3(difference, slopeOfLifted(difference, lift + MEAN_LIFT), 0.));
    }
  }
  return totalOf(sum).xy;
}

Window carefulWindow(Place place, uint highest) {
  ivec2 extremes;
  float mass = weighed(place, highest, extremes);
  uint peak = bitsOf(extremes.x);
  uint least = bitsOf(~extremes.y);
  if (!isFinite(peak) || !isFinite(least)) {
    return Window(highest, mass, peak == INFINITE ? peak : least, NOT_A_NUMBER, 0.);
  }
  int lift = liftFor(max(magnitude(peak), magnitude(least)));
  vec2 sums = averaged(place, highest, mass, peak, lift);
  int value = clamp(orderOf(lowered(lifted(peak, lift) + sums.x, lift)), orderOf(least), orderOf(peak));
  return Window(highest, mass, bitsOf(value), peak, sums.y);
}

Window windowAt(Place place) {
  ivec4 extremes = extremesOf(place);
  uint highest = bitsOf(extremes.x);
  uint peak = bitsOf(extremes.z);
  uint top = max(magnitude(highest), magnitude(bitsOf(~extremes.y)));
  uint inputTop = max(magnitude(peak), magnitude(bitsOf(~extremes.w)));
  if (top > INFINITE) {
    return Window(NOT_A_NUMBER, 1., NOT_A_NUMBER, NOT_A_NUMBER, 0.);
  }
  if (isCareful != 0 || !isModerate(top) || !isModerate(inputTop)) {
    return carefulWindow(place, highest);
  }
  vec3 sums = moderateSums(place, highest, peak);
  float mass = sums.x + sums.y;
  float below = sums.z / mass;
  int value = max(orderOf(floatBitsToUint(uintBitsToFloat(peak) + below)), ~extremes.w);
  return Window(highest, mass, bitsOf(value), peak, below * (IS_SHARED ? beta / 65536. : beta));
}
`;

/** Writes the outputs. */
export const FORWARD = /* glsl */ `
void main() {
  setOutput(uintBitsToFloat(windowAt(placeOf(getOutputCoords(), inner, planes)).value));
}
`;
