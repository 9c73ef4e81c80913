// A thread for each window.
const TEAM = 1u;
const PER_GROUP = 64u;
const MEMBER = 0u;

fn enterTeam(thread: vec3<u32>) {
}

fn combined(found: Found) -> Found {
  return found;
}
