// TEAM threads share each window. Each reads some of its taps, and they combine their findings in
// the workgroup's memory.
var<private> MEMBER: u32;
var<private> SLOT: u32;
var<workgroup> maxima: array<vec4<i32>, 256>;
var<workgroup> sums: array<vec3<f32>, 256>;

fn enterTeam(thread: vec3<u32>) {
  MEMBER = thread.y;
  SLOT = thread.y * PER_GROUP + thread.x;
}

fn combined(found: Found) -> Found {
  workgroupBarrier();
  maxima[SLOT] = found.maxima;
  sums[SLOT] = found.sums;
  for (var half = iterations(TEAM / 2u); half > 0u; half /= 2u) {
    workgroupBarrier();
    if (MEMBER < half) {
      maxima[SLOT] = max(maxima[SLOT], maxima[SLOT + half * PER_GROUP]);
      sums[SLOT] += sums[SLOT + half * PER_GROUP];
    }
  }
  workgroupBarrier();
  let first = SLOT - MEMBER * PER_GROUP;
  return Found(maxima[first], sums[first]);
}
