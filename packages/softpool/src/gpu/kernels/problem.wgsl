// The values common to all elements of a dispatch. There are three spatial axes; those that a
// tensor lacks have size 1.
struct Problem {
  input: vec3<u32>,       // depth, height, width
  // elements from one position to the next: the channels, where they are last
  inner: u32,
  output: vec3<u32>,
  // outermost elements that share their weights: the channels, where they are first and share
  planes: u32,
  step: vec3<u32>,        // from tap to tap
  channels: u32,          // that share their weights
  // where the table of each axis starts: start and count of each window, first and last window of
  // each input
  tables: vec3<u32>,
  careful: u32,           // whether β is beyond the range of f32 arithmetic
  most: vec3<u32>,        // taps of the largest window
  inputs: u32,            // elements of this dispatch
  outputs: u32,
  inputBase: u32,         // where they start in the bound range
  outputBase: u32,
  betaExponent: i32,      // β log2(e) = betaFraction 2^betaExponent
  betaFraction: f32,
  scale: f32,             // β log2(e)
  beta: f32,
  lowest: f32,            // the difference from the maximum below which a weight is 0
}
