// TEAM threads share each window: every one has some of its taps, and what they find is brought together in the workgroup's memory.
var<private> MEMBER: u32;
var<private> SEAT: u32;
var<workgroup> maxima: array<vec4<i32>, 256>;
var<workgroup> sums: array<vec3<f32>, 256>;

fn takeSeat(seat: vec3<u32>) {
  MEMBER = seat.y;
  SEAT = seat.y * ABREAST + seat.x;
}

fn together(found: Found) -> Found {
  workgroupBarrier();
  maxima[SEAT] = found.maxima;
  sums[SEAT] = found.sums;
  for (var half = turns(TEAM / 2u); half > 0u; half /= 2u) {
    workgroupBarrier();
    if (MEMBER < half) {
      maxima[SEAT] = max(maxima[SEAT], maxima[SEAT + half * ABREAST]);
      sums[SEAT] += sums[SEAT + half * ABREAST];
    }
  }
  workgroupBarrier();
  let first = SEAT - MEMBER * ABREAST;
  return Found(maxima[first], sums[first]);
}
