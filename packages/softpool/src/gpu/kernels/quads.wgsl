// Four windows per thread, of one size and without dilation, in vectors: a thread reads the input
// four elements at a time.

// Stands for a tap in the padding.
const ABSENT = MINUS_INFINITY;

// The maxima, Σ e and Σ e (x - max) of the four windows, with e = exp(β (x - max)).
struct Quad {
  highest: vec4<f32>,
  total: vec4<f32>,
  below: vec4<f32>,
  isModerate: bool,
}

fn isInside(i: u32, j: u32) -> bool {
  return !PADDED || (u32(corner.x + i32(i)) < problem.input.x && u32(corner.y + i32(j)) < problem.input.y);
}

// The taps as numbers. A tap in the padding and -infinity become the lowest number.
fn numbersOf(taps: vec4<u32>) -> vec4<f32> {
  if (PADDED) {
    return bitcast<vec4<f32>>(select(taps, vec4<u32>(bitcast<u32>(-LARGEST)), taps == vec4<u32>(ABSENT)));
  }
  return bitcast<vec4<f32>>(taps);
}

fn quadOf() -> Quad {
  var highest = vec4<f32>(-LARGEST);
  var top = vec4<u32>(0u);
  for (var i = 0u; i < KERNEL.x; i++) {
    for (var j = 0u; j < KERNEL.y; j++) {
      if (isInside(i, j)) {
        let taps = tapsOf(i, j);
        for (var k = 0u; k < KERNEL.z; k++) {
          highest = max(highest, numbersOf(taps[k]));
          let size = taps[k] & vec4<u32>(MAGNITUDE);
          top = max(top, select(size, vec4<u32>(0u), vec4<bool>(PADDED) & (taps[k] == vec4<u32>(ABSENT))));
        }
      }
    }
  }
  // The maxima are summed apart from the others, which then lose no bits to them.
  var maxima = vec4<f32>(0f);
  var others = vec4<f32>(0f);
  var below = vec4<f32>(0f);
  for (var i = 0u; i < KERNEL.x; i++) {
    for (var j = 0u; j < KERNEL.y; j++) {
      if (isInside(i, j)) {
        let taps = tapsOf(i, j);
        for (var k = 0u; k < KERNEL.z; k++) {
          let difference = max(numbersOf(taps[k]) - highest, vec4<f32>(problem.lowest));
          let isAbsent = vec4<bool>(PADDED) & (taps[k] == vec4<u32>(ABSENT));
          let weight = select(exp2(difference * problem.scale), vec4<f32>(0f), isAbsent);
          let isHighest = difference == vec4<f32>(0f);
          maxima += select(vec4<f32>(0f), vec4<f32>(1f), isHighest);
          others += select(weight, vec4<f32>(0f), isHighest);
          below += weight * difference;
        }
      }
    }
  }
  let total = maxima + others;
  // 0, or 2^-100 up to 2^100, as in isModerate. A window that holds only -infinity takes the
  // careful way too.
  let isSmall = top - vec4<u32>(0x0d800000u) >= vec4<u32>(0x64000000u);
  let isLow = vec4<bool>(PADDED) & (highest == vec4<f32>(-LARGEST));
  return Quad(highest, total, below, problem.careful == 0u && !any((isSmall & (top != vec4<u32>(0u))) | isLow));
}
