// All channels share weights: positions.wgsl has computed one logit for the channels of each
// position, and its multiplicity.
const SHARED = true;
const MEAN_LIFT = SLOPE_LIFT;

fn logitAt(position: u32, x: u32) -> vec2<u32> {
  return positions[position];
}
