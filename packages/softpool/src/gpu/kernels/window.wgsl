// One window: where its taps are, and their softmax-weighted mean.

// A sum in which every step may round. A sum of sums loses less than a long sum: terms are added by
// four, and the fours by four.
struct Sum {
  terms: vec3<f32>,
  fours: vec3<f32>,
  sixteens: vec3<f32>,
  count: u32,
}

fn add(sum: ptr<function, Sum>, term: vec3<f32>) {
  (*sum).terms += term;
  (*sum).count++;
  if (((*sum).count & 3u) == 0u) {
    (*sum).fours += (*sum).terms;
    (*sum).terms = vec3<f32>(0f);
  }
  if (((*sum).count & 15u) == 0u) {
    (*sum).sixteens += (*sum).fours;
    (*sum).fours = vec3<f32>(0f);
  }
}

fn totalOf(sum: Sum) -> vec3<f32> {
  return sum.sixteens + (sum.fours + sum.terms);
}

// Where the window of an output is: its channel's first element in x, its first position, and its
// first tap and number of taps along each axis.
struct Place {
  channel: u32,
  position: u32,
  start: vec3<u32>,
  count: vec3<u32>,
}

// max is the maximum of the logits (bits), mass the sum of exp(β (x - max)), and value the output
// (bits). peak is the maximum of the inputs that have weight, and mean is β Σ w (x - peak). With
// weights per channel, peak is max; with shared weights, mean is divided by 2^SLOPE_LIFT.
struct Window {
  max: u32,
  mass: f32,
  value: u32,
  peak: u32,
  mean: f32,
}

fn placeOf(index: u32) -> Place {
  let size = problem.output;
  let channel = index % problem.inner;
  var rest = index / problem.inner;
  let w = rest % size.z;
  rest /= size.z;
  let h = rest % size.y;
  rest /= size.y;
  let d = rest % size.x;
  let plane = rest / size.x;
  let space = problem.input.x * problem.input.y * problem.input.z;
  let entry = problem.tables + vec3<u32>(d, h, w);
  return Place(
    problem.inputBase + plane * space * problem.inner + channel,
    plane / problem.planes * space,
    vec3<u32>(tables[entry.x], tables[entry.y], tables[entry.z]),
    vec3<u32>(tables[entry.x + size.x], tables[entry.y + size.y], tables[entry.z + size.z]),
  );
}

fn inputAt(index: u32) -> u32 {
  return element(x[wordAt(index)], index);
}

// The position of the first tap of a row.
fn rowOf(place: Place, i: u32, j: u32) -> u32 {
  let d = place.start.x + i * problem.step.x;
  let h = place.start.y + j * problem.step.y;
  return (d * problem.input.y + h) * problem.input.z + place.start.z;
}

// The findings of a team's members, of each or combined.
struct Found {
  maxima: vec4<i32>,
  sums: vec3<f32>,
}

const NOTHING = Found(vec4<i32>(-0x7fffffff - 1), vec3<f32>(0f));

fn windowAt(place: Place) -> Window {
  // The highest and the lowest, of the logits and of the inputs.
  var found = combined(extremes(place));
  let highest = bitsOf(found.maxima.x);
  let top = max(magnitude(highest), magnitude(bitsOf(~found.maxima.y)));
  let inputTop = max(magnitude(bitsOf(found.maxima.z)), magnitude(bitsOf(~found.maxima.w)));
  let isCareful = problem.careful != 0u || !isModerate(top) || !isModerate(inputTop);
  var peak = bitsOf(found.maxima.z);
  var least = ~found.maxima.w;
  if (isCareful) {
    found = weighed(place, highest);
  } else {
    found = summed(place, bitcast<f32>(highest), bitcast<f32>(peak));
  }
  found = combined(found);
  let total = found.sums.x + found.sums.y;
  let below = found.sums.z / total;
  let mean = ldexp(problem.beta, -MEAN_LIFT) * below;
  if (isCareful) {
    peak = bitsOf(found.maxima.x);
    least = ~found.maxima.y;
    found = averaged(place, highest, total, peak, bitsOf(least));
  }
  if (TEAM > 1u) {
    found = combined(found);
  }
  if (top > INFINITY) {
    return Window(NOT_A_NUMBER, 1f, NOT_A_NUMBER, NOT_A_NUMBER, 0f);
  }
  if (!isCareful) {
    let value = max(orderOf(bitcast<u32>(bitcast<f32>(peak) + below)), least);
    return Window(highest, total, bitsOf(value), peak, mean);
  }
  let floor = bitsOf(least);
  if (!isFinite(peak) || !isFinite(floor)) {
    return Window(highest, total, select(floor, peak, peak == INFINITY), NOT_A_NUMBER, 0f);
  }
  let lift = liftFor(max(magnitude(peak), magnitude(floor)));
  let value = clamp(orderOf(lowered(lifted(peak, lift) + found.sums.x, lift)), least, orderOf(peak));
  return Window(highest, total, bitsOf(value), peak, found.sums.y);
}

fn extremes(place: Place) -> Found {
  var maxima = NOTHING.maxima;
  for (var i = 0u; i < place.count.x; i++) {
    for (var j = 0u; j < place.count.y; j++) {
      let row = rowOf(place, i, j);
      for (var k = MEMBER; k < place.count.z; k += TEAM) {
        let position = row + k * problem.step.z;
        let value = inputAt(place.channel + position * problem.inner);
        let logit = orderOf(logitAt(place.position + position, value).x);
        maxima = max(maxima, vec4<i32>(logit, ~logit, orderOf(value), ~orderOf(value)));
      }
    }
  }
  return Found(maxima, vec3<f32>(0f));
}

// A weight as a term of a sum. Weights of maxima are summed apart from the others, which then lose
// no bits to them.
fn apart(weight: f32, isHighest: bool) -> vec2<f32> {
  return select(vec2<f32>(0f, weight), vec2<f32>(weight, 0f), isHighest);
}

// Σ e and Σ e (x - peak) with e = exp(β (x - max)), for moderate numbers.
fn summed(place: Place, highest: f32, peak: f32) -> Found {
  var sum = Sum();
  for (var i = 0u; i < place.count.x; i++) {
    for (var j = 0u; j < place.count.y; j++) {
      let row = rowOf(place, i, j);
      for (var k = MEMBER; k < place.count.z; k += TEAM) {
        let position = row + k * problem.step.z;
        let value = inputAt(place.channel + position * problem.inner);
        let logit = logitAt(place.position + position, value);
        let difference = max(bitcast<f32>(logit.x) - highest, problem.lowest);
        let weight = power(difference * problem.scale) * bitcast<f32>(logit.y);
        let below = weight * select(difference, bitcast<f32>(value) - peak, SHARED);
        add(&sum, vec3<f32>(apart(weight, logit.x == bitcast<u32>(highest)), below));
      }
    }
  }
  return Found(NOTHING.maxima, totalOf(sum));
}

// For numbers and β of any size: Σ e, and the highest and the lowest input that has weight.
// Infinities are recognized by their bits.
fn weighed(place: Place, highest: u32) -> Found {
  var maxima = NOTHING.maxima;
  var sum = Sum();
  for (var i = 0u; i < place.count.x; i++) {
    for (var j = 0u; j < place.count.y; j++) {
      let row = rowOf(place, i, j);
      for (var k = MEMBER; k < place.count.z; k += TEAM) {
        let position = row + k * problem.step.z;
        let value = inputAt(place.channel + position * problem.inner);
        let logit = logitAt(place.position + position, value);
        let weight = mass(logit.x, highest) * bitcast<f32>(logit.y);
        // An input of -infinity counts wherever another channel gives its position weight, however
        // small.
        if (weight > 0f || (value == MINUS_INFINITY && isFinite(logit.x) && isFinite(highest))) {
          maxima = max(maxima, vec4<i32>(orderOf(value), ~orderOf(value), maxima.zw));
        }
        add(&sum, vec3<f32>(apart(weight, logit.x == highest), 0f));
      }
    }
  }
  return Found(maxima, totalOf(sum));
}

// Σ w (x - peak), lifted into the range of f32, and Σ w β (x - peak).
fn averaged(place: Place, highest: u32, total: f32, peak: u32, floor: u32) -> Found {
  var sum = Sum();
  let lift = liftFor(max(magnitude(peak), magnitude(floor)));
  let top = lifted(peak, lift);
  for (var i = 0u; i < place.count.x; i++) {
    for (var j = 0u; j < place.count.y; j++) {
      let row = rowOf(place, i, j);
      for (var k = MEMBER; k < place.count.z; k += TEAM) {
        let position = row + k * problem.step.z;
        let value = inputAt(place.channel + position * problem.inner);
        let logit = logitAt(place.position + position, value);
        let weight = mass(logit.x, highest) * bitcast<f32>(logit.y) / total;
        if (weight > 0f && isFinite(value)) {
          let difference = lifted(value, lift) - top;
          add(&sum, weight * vec3<f32>(difference, slopeOfLifted(difference, lift + MEAN_LIFT), 0f));
        }
      }
    }
  }
  return Found(NOTHING.maxima, totalOf(sum));
}
