// A thread's number in a grid of workgroups as wide as the device allows.
fn threadOf(group: vec3<u32>, thread: u32, threads: u32) -> u32 {
  return (group.y * GRID_WIDTH + group.x) * threads + thread;
}
