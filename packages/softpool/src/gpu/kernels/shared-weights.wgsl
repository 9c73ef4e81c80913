// All channels share weights: positions.wgsl has made one logit of each position's channels, and how often it counts.
const SHARED = true;
const MEAN_LIFT = PULL_LIFT;

fn logitAt(position: u32, x: u32) -> vec2<u32> {
  return positions[position];
}
