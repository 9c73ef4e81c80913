// The gradient where windows overlap. A workgroup computes a tile of the input: it keeps what the
// gradient needs of every window that reaches into the tile in its memory, and sums that for each
// of the tile's inputs. Nothing passes through a buffer, and x and dy are read about once.

const THREADS = 128u;

// As per-channel-statistics.wgsl writes them, the four windows of a quad side by side.
var<workgroup> statistics: array<vec4<u32>, TILE_WINDOWS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let size = problem.input;
  let tiles = (size + TILE - 1u) / TILE;
  let channelTiles = (channelQuads() + TILE_CHANNELS - 1u) / TILE_CHANNELS;
  let number = threadOf(group, 0u, 1u);
  let channels = number % channelTiles * TILE_CHANNELS;
  let spatial = number / channelTiles;
  let slice = spatial / (tiles.z * tiles.y);
  let plane = slice / tiles.x;
  let low = vec3<u32>(slice % tiles.x, spatial / tiles.z % tiles.y, spatial % tiles.z) * TILE;
  if (plane * size.x * size.y * size.z * problem.inner >= problem.inputs) {
    return;
  }

  // The windows that reach into the tile, in whole quads along a row of quads.
  var origin = firstWindow(low);
  let end = min((min(low + TILE, size) - 1u + BEFORE) / STRIDE + 1u, problem.output);
  if (!LANES_ARE_CHANNELS) {
    origin.z &= ~3u;
  }
  var count = select(vec3<u32>(0u), end - origin, end > origin);
  if (!LANES_ARE_CHANNELS) {
    count.z = (count.z + 3u) / 4u;
  }
  for (var s = thread; s < count.x * count.y * count.z * TILE_CHANNELS; s += THREADS) {
    let window = s / TILE_CHANNELS;
    let row = window / count.z;
    let at = origin + vec3<u32>(row / count.y, row % count.y, window % count.z * select(4u, 1u, LANES_ARE_CHANNELS));
    storeStatistics(s, plane, at, channels + s % TILE_CHANNELS);
  }
  workgroupBarrier();

  const QUADS = select(TILE / vec3<u32>(1u, 1u, 4u), TILE, LANES_ARE_CHANNELS);
  for (var s = thread; s < QUADS.x * QUADS.y * QUADS.z * TILE_CHANNELS; s += THREADS) {
    let position = s / TILE_CHANNELS;
    let channel = s % TILE_CHANNELS;
    let step = select(4u, 1u, LANES_ARE_CHANNELS);
    let here = low + vec3<u32>(position / (QUADS.z * QUADS.y), position / QUADS.z % QUADS.y, position % QUADS.z * step);
    if (all(here < size) && channels + channel < channelQuads()) {
      let linear = ((plane * size.x + here.x) * size.y + here.y) * size.z + here.z;
      let quad = problem.inputBase / 4u + select(linear / 4u, linear * channelQuads() + channels + channel, LANES_ARE_CHANNELS);
      let values = unpacked(xQuads[quad]);
      var result: vec4<u32>;
      for (var lane = 0u; lane < 4u; lane++) {
        let input = here + vec3<u32>(0u, 0u, select(lane, 0u, LANES_ARE_CHANNELS));
        let first = firstWindow(input);
        let last = min((input + BEFORE) / STRIDE + 1u, problem.output);
        startSum();
        for (var i = first.x; i < last.x; i++) {
          for (var j = first.y; j < last.y; j++) {
            for (var k = first.z; k < last.z; k++) {
              let row = (i - origin.x) * count.y + j - origin.y;
              let column = k - origin.z;
              let entry = select(
                row * count.z * 4u + column,
                ((row * count.z + column) * TILE_CHANNELS + channel) * 4u + lane,
                LANES_ARE_CHANNELS,
              );
              addTerm(values[lane], statistics[entry]);
            }
          }
        }
        result[lane] = sumOfTerms();
      }
      dxQuads[quad] = packed(result);
    }
  }
}

// The first window along each axis that holds an input.
fn firstWindow(input: vec3<u32>) -> vec3<u32> {
  return vec3<u32>(max(vec3<i32>(input + BEFORE + STRIDE) - vec3<i32>(KERNEL), vec3<i32>(0))) / STRIDE;
}

// Stores what the gradient needs of a quad of windows.
fn storeStatistics(slot: u32, plane: u32, window: vec3<u32>, channels: u32) {
  if (channels >= channelQuads()) {
    return;
  }
  openAt(plane, window, channels);
  let found = quadOf();
  let size = problem.output;
  let linear = ((plane * size.x + window.x) * size.y + window.y) * size.z + window.z;
  let quad = select(linear / 4u, linear * channelQuads() + channels, LANES_ARE_CHANNELS);
  let gradient = unpacked(dyQuads[problem.outputBase / 4u + quad]);
  let perTotal = 1f / found.total;
  let mean = problem.beta * found.below * perTotal;
  for (var lane = 0u; lane < 4u; lane++) {
    statistics[slot * 4u + lane] = vec4<u32>(
      bitcast<u32>(found.highest[lane]),
      bitcast<u32>(perTotal[lane]),
      bitcast<u32>(mean[lane]),
      gradient[lane],
    );
  }
  if (!found.isModerate) {
    for (var lane = 0u; lane < iterations(4u); lane++) {
      let careful = windowAt(placeOf(quad * 4u + lane));
      statistics[slot * 4u + lane] = vec4<u32>(careful.max, bitcast<u32>(1f / careful.mass), bitcast<u32>(careful.mean), gradient[lane]);
    }
  }
}
