/**
 * GLSL for the gradient: the statistics of each window, and the gradient of each input as a sum
 * over its windows. The WGSL kernels of `softpool/webgpu` compute the same.
 */

/** For weights per channel: a window's maximum, 1 / mass, and mean logit. */
export const STATISTICS = /* glsl */ `
void main() {
  Window window = windowAt(placeOf(getOutputCoords().x, inner, planes));
  setOutput(vec4(uintBitsToFloat(window.highest), 1. / window.mass, window.mean, 0.));
}
`;

/** For shared weights: the maximum and 1 / mass of each window, for all channels. */
export const SHARED_STATISTICS = /* glsl */ `
void main() {
  Place place = placeOf(getOutputCoords().x, 1, 1);
  int order = int(0x80000000u);
  uint top = 0u;
  EACH_TAP(place) {
    uint highest = logitAt(place.position + positionOf(place, i, j, k), 0u).x;
    order = max(order, orderOf(highest));
    top = max(top, magnitude(highest));
  }
  uint highest = bitsOf(order);
  Sum sum = nothing();
  EACH_TAP(place) {
    uvec2 logits = logitAt(place.position + positionOf(place, i, j, k), 0u);
    add(sum, vec3(maximumApart(massOf(logits.x, highest) * uintBitsToFloat(logits.y), logits.x == highest), 0.));
  }
  vec3 total = totalOf(sum);
  setOutput(top > INFINITE ? vec4(uintBitsToFloat(NOT_A_NUMBER), 1., 0., 0.) : vec4(uintBitsToFloat(highest), 1. / (total.x + total.y), 0., 0.));
}
`;

/** For shared weights: each channel's peak in a window, and its mean logit. */
export const CENTERS = /* glsl */ `
void main() {
  Window window = windowAt(placeOf(getOutputCoords().x, inner, planes));
  setOutput(vec4(uintBitsToFloat(window.peak), window.mean, 0., 0.));
}
`;

/**
 * For shared weights: how the loss changes with the logit of each tap's weight. It is Σ_c g_c β
 * (x_c − y_c) over the channels with a finite y, divided by 2^SLOPE_LIFT. It is computed once for
 * all channels of a tap; otherwise each channel would add up the others.
 */
export const LOGIT_GRADIENTS = /* glsl */ `
float logitGradientOf(int window, Place place, int source) {
  int outputs = spaceOf(outputSize);
  int space = spaceOf(inputSize);
  int example = window / outputs;
  float sum = 0.;
  for (int c = 0; c < channels; c++) {
    int plane = example * channels + c;
    int center = planes > 1 ? plane * outputs + window % outputs : window * channels + c;
    uint value = floatBitsToUint(getX(planes > 1 ? plane * space + source : (example * space + source) * channels + c));
    uint peak = floatBitsToUint(getCenters(2 * center));
    if (isFinite(value) && isFinite(peak)) {
      float gradient = getDy(center);
      if (!isFinite(floatBitsToUint(gradient))) {
        return uintBitsToFloat(NOT_A_NUMBER);
      }
      sum += gradient * (slope(value, peak) - getCenters(2 * center + 1));
    }
  }
  return sum;
}

void main() {
  int index = getOutputCoords();
  int taps = spaceOf(mostTaps);
  int window = index / taps;
  ivec3 tap = coordinatesIn(mostTaps, index % taps);
  Place place = placeOf(window, 1, 1);
  bool isHeld = all(lessThan(tap, place.count)) && isFinite(floatBitsToUint(getWindows(2 * window)));
  setOutput(isHeld ? logitGradientOf(window, place, positionOf(place, tap.x, tap.y, tap.z)) : 0.);
}
`;

/** Adds up the terms of an input's gradient. */
const TERMS = /* glsl */ `
// The sum of the finite terms, and bits for the others: 1 for +infinity, 2 for -infinity, 4 for NaN.
float sumOfFinite = 0.;
uint infinite = 0u;

void addGradient(float weight, uint gradient) {
  if (isFinite(gradient)) {
    sumOfFinite += weight * uintBitsToFloat(gradient);
  } else if (magnitude(gradient) > INFINITE) {
    infinite |= 4u;
  } else {
    infinite |= gradient == MINUS_INFINITE ? 2u : 1u;
  }
}

// The bits of the sum.
uint sumOfTerms() {
  if (infinite > 2u) {
    return NOT_A_NUMBER;
  }
  return infinite == 1u ? INFINITE : infinite == 2u ? MINUS_INFINITE : floatBitsToUint(sumOfFinite);
}
`;

/**
 * The term of a window: w g, or the exact w (1 + β (x − y)) g. A finite input has weight however
 * far it is below the maximum.
 */
const PER_CHANNEL_TERM = /* glsl */ `
void addWindow(uint value, int ours, int target, int window, int tap) {
  uint highest = floatBitsToUint(getStatistics(STATISTICS_PER_WINDOW * target));
  uint gradient = floatBitsToUint(getDy(target));
  if (magnitude(highest) > INFINITE) {
    infinite |= 4u;
    return;
  }
  float perMass = getStatistics(STATISTICS_PER_WINDOW * target + 1);
  if (!isFinite(value)) {
    if (value == highest) {
      addGradient(perMass, gradient);
    }
  } else if (!isFinite(highest)) {
    addGradient(smallestNormal(), gradient);
  } else {
    float exponent = logit(value, highest);
    float weight = max(power(exponent) * perMass, smallestNormal());
    if (IS_EXACT) {
      float moves = exponent * LN2 - getStatistics(STATISTICS_PER_WINDOW * target + 2);
      addGradient(weight * (1. + moves), gradient);
      // Infinity times 1 and times x - y have no limit together unless both are of one sign.
      infinite |= !isFinite(gradient) && moves <= 0. ? 4u : 0u;
    } else {
      addGradient(weight, gradient);
    }
  }
}
`;

/**
 * The term of a window: w g with the weight of the position. The exact gradient adds how the loss
 * changes with that weight, multiplied by the channel's share in it.
 */
const SHARED_TERM = /* glsl */ `
void addWindow(uint value, int ours, int target, int window, int tap) {
  uvec2 own = logitAt(ours, value);
  uint highest = floatBitsToUint(getWindows(2 * window));
  if (magnitude(highest) > INFINITE) {
    infinite |= 4u;
    return;
  }
  float perMass = getWindows(2 * window + 1);
  float weight = massOf(own.x, highest) * uintBitsToFloat(own.y) * perMass;
  if (isFinite(own.x)) {
    weight = max(weight, smallestNormal());
  }
  if (weight > 0.) {
    addGradient(weight, floatBitsToUint(getDy(target)));
  }
  if (IS_EXACT && isFinite(value) && isFinite(highest)) {
    float share = massOf(value, highest) * perMass;
    if (share > 0.) {
      addGradient(share * 65536., floatBitsToUint(LOGIT_GRADIENT_AT(window * spaceOf(mostTaps) + tap)));
    }
  }
}
`;

/** Adds up all windows of an input, always in the same order. */
const GATHER = /* glsl */ `
// The tap of a window along an axis that an input is, or -1 if it is none. Without dilation it always
// is one, and its number only matters if COUNTS_TAPS.
int tapOf(int axis, int window, int place) {
  if (dilation[axis] == 1 && !COUNTS_TAPS) {
    return 0;
  }
  int from = place - tapsOf(axis, window).x;
  int tap = from / dilation[axis];
  return tap * dilation[axis] == from ? tap : -1;
}

void main() {
  int index = getOutputCoords();
  int rest = index / inner;
  int channel = index - rest * inner;
  int space = spaceOf(inputSize);
  int plane = rest / space;
  int position = rest - plane * space;
  int example = plane / planes;
  int outputs = spaceOf(outputSize);
  ivec3 here = coordinatesIn(inputSize, position);
  uint value = floatBitsToUint(getX(index));
  ivec2 d = windowsOf(0, here.x);
  ivec2 h = windowsOf(1, here.y);
  ivec2 w = windowsOf(2, here.z);
  for (int i = d.x; i <= d.y; i++) {
    int tapOfDepth = tapOf(0, i, here.x);
    for (int j = h.x; j <= h.y; j++) {
      int tapOfHeight = tapOf(1, j, here.y);
      for (int k = w.x; k <= w.y; k++) {
        ivec3 tap = ivec3(tapOfDepth, tapOfHeight, tapOf(2, k, here.z));
        if (all(greaterThanEqual(tap, ivec3(0)))) {
          int window = (i * outputSize.y + j) * outputSize.z + k;
          int number = (tap.x * mostTaps.y + tap.y) * mostTaps.z + tap.z;
          addWindow(value, example * space + position, (plane * outputs + window) * inner + channel, example * outputs + window, number);
        }
      }
    }
  }
  setOutput(uintBitsToFloat(sumOfTerms()));
}
`;

/** The gradient for weights per channel, from 2 statistics per window, or 4 if it is exact. */
export function perChannelGradient(isExact: boolean): string {
  return `const bool IS_EXACT = ${isExact};\nconst bool COUNTS_TAPS = false;\n#define STATISTICS_PER_WINDOW ${isExact ? 4 : 2}\n${TERMS}${PER_CHANNEL_TERM}${GATHER}`;
}

/** The gradient for shared weights. If it is exact, it also reads the logit gradients. */
export function sharedGradient(isExact: boolean): string {
  return `const bool IS_EXACT = ${isExact};\nconst bool COUNTS_TAPS = ${isExact};\n#define LOGIT_GRADIENT_AT(index) ${isExact ? 'getLogitGradients(index)' : '0.'}\n${TERMS}${SHARED_TERM}${GATHER}`;
}
