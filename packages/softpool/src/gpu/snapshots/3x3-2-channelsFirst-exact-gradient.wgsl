const GRID_WIDTH = 65535u;
const KERNEL = vec3<u32>(1u, 3u, 3u);
const STRIDE = vec3<u32>(1u, 2u, 2u);
const BEFORE = vec3<u32>(0u, 1u, 1u);
const PADDED = true;
const EXACT = true;
const TILE = vec3<u32>(1u, 81u, 16u);
const TILE_CHANNELS = 1u;
const TILE_WINDOWS = 504u;
@group(0) @binding(0) var<uniform> problem: Problem;
@group(0) @binding(1) var<storage, read> tables: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<u32>;
@group(0) @binding(3) var<storage, read> xQuads: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> dyQuads: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> dxQuads: array<vec4<u32>>;
struct Problem {
input: vec3<u32>,
inner: u32,
output: vec3<u32>,
planes: u32,
step: vec3<u32>,
channels: u32,
tables: vec3<u32>,
careful: u32,
most: vec3<u32>,
inputs: u32,
outputs: u32,
inputBase: u32,
outputBase: u32,
betaExponent: i32,
betaFraction: f32,
scale: f32,
beta: f32,
lowest: f32,
}
const MAGNITUDE = 0x7fffffffu;
const INFINITY = 0x7f800000u;
const MINUS_INFINITY = 0xff800000u;
const NOT_A_NUMBER = 0x7fc00000u;
const LN2 = 0.6931471805599453;
const LARGEST = 0x1.fffffep127f;
const SMALLEST_NORMAL = 0x1p-126f;
const LOWEST_LOGIT = -200f;
const PULL_LIFT = 16;
fn turns(number: u32) -> u32 {
return min(number, problem.inputs);
}
fn magnitude(bits: u32) -> u32 {
return bits & MAGNITUDE;
}
fn isFinite(bits: u32) -> bool {
return magnitude(bits) < INFINITY;
}
fn isModerate(largest: u32) -> bool {
return largest == 0u || largest - 0x0d800000u < 0x64000000u;
}
fn orderOf(bits: u32) -> i32 {
return bitcast<i32>(bits) ^ bitcast<i32>(u32(bitcast<i32>(bits) >> 31u) & MAGNITUDE);
}
fn bitsOf(order: i32) -> u32 {
return bitcast<u32>(order ^ bitcast<i32>(u32(order >> 31u) & MAGNITUDE));
}
fn liftFor(largest: u32) -> i32 {
return select(24, -3, largest > 0x71800000u);
}
fn lifted(bits: u32, lift: i32) -> f32 {
let size = magnitude(bits);
if (size < 0x00800000u) {
return select(0f, select(f32(size), -f32(size), bits > MAGNITUDE) * 0x1p-125f, lift == 24);
}
return select(0f, bitcast<f32>(bits + (bitcast<u32>(lift) << 23u)), i32(size >> 23u) + lift > 0);
}
fn lowered(value: f32, lift: i32) -> u32 {
let bits = bitcast<u32>(value);
if (i32(magnitude(bits) >> 23u) > max(lift, 0)) {
return bits - (bitcast<u32>(lift) << 23u);
}
return (bits & ~MAGNITUDE) | u32(round(abs(value) * 0x1p125f));
}
fn timesBeta(product: f32, lift: i32) -> f32 {
let bits = bitcast<u32>(product);
let exponent = problem.betaExponent - lift;
let result = i32(magnitude(bits) >> 23u) + exponent;
if (magnitude(bits) == 0u || result < 1) {
return 0f;
}
if (result > 254) {
return select(LARGEST, -LARGEST, product < 0f);
}
return bitcast<f32>(bits + (bitcast<u32>(exponent) << 23u));
}
fn slopeOfLifted(difference: f32, lift: i32) -> f32 {
return timesBeta(difference * (problem.betaFraction * LN2), lift);
}
fn slope(x: u32, y: u32) -> f32 {
let largest = max(magnitude(x), magnitude(y));
if (problem.careful != 0u || largest > 0x71800000u) {
let lift = liftFor(largest);
return slopeOfLifted(lifted(x, lift) - lifted(y, lift), lift + PULL_LIFT);
}
return (bitcast<f32>(x) - bitcast<f32>(y)) * ldexp(problem.beta, -PULL_LIFT);
}
fn logit(x: u32, highest: u32) -> f32 {
let largest = max(magnitude(x), magnitude(highest));
if (problem.careful != 0u || largest > 0x71800000u) {
let lift = liftFor(largest);
return max(timesBeta((lifted(x, lift) - lifted(highest, lift)) * problem.betaFraction, lift), LOWEST_LOGIT);
}
return max(bitcast<f32>(x) - bitcast<f32>(highest), problem.lowest) * problem.scale;
}
fn power(t: f32) -> f32 {
if (t < -125f) {
return 0f;
}
let whole = round(t);
let f = t - whole;
var p = 1.535336188319500e-4f;
p = p * f + 1.339887440266574e-3f;
p = p * f + 9.618437357674640e-3f;
p = p * f + 5.550332471162809e-2f;
p = p * f + 2.402264791363012e-1f;
p = p * f + 6.931472028550421e-1f;
p = p * f + 1f;
return bitcast<f32>(bitcast<u32>(p) + (bitcast<u32>(i32(whole)) << 23u));
}
fn mass(x: u32, highest: u32) -> f32 {
if (x == highest) {
return 1f;
}
if (!isFinite(x) || !isFinite(highest)) {
return 0f;
}
return power(logit(x, highest));
}
const PER_WORD = 1u;
fn element(word: u32, index: u32) -> u32 {
return word;
}
fn wordAt(index: u32) -> u32 {
return index;
}
fn withElement(word: u32, index: u32, bits: u32) -> u32 {
return bits;
}
const SHARED = false;
const MEAN_LIFT = 0;
fn logitAt(position: u32, x: u32) -> vec2<u32> {
return vec2<u32>(x, 0x3f800000u);
}
fn threadOf(group: vec3<u32>, thread: u32, threads: u32) -> u32 {
return (group.y * GRID_WIDTH + group.x) * threads + thread;
}
const TEAM = 1u;
const ABREAST = 64u;
const MEMBER = 0u;
fn takeSeat(seat: vec3<u32>) {
}
fn together(found: Found) -> Found {
return found;
}
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
struct Place {
channel: u32,
position: u32,
start: vec3<u32>,
count: vec3<u32>,
}
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
fn rowOf(place: Place, i: u32, j: u32) -> u32 {
let d = place.start.x + i * problem.step.x;
let h = place.start.y + j * problem.step.y;
return (d * problem.input.y + h) * problem.input.z + place.start.z;
}
struct Found {
maxima: vec4<i32>,
sums: vec3<f32>,
}
const NOTHING = Found(vec4<i32>(-0x7fffffff - 1), vec3<f32>(0f));
fn windowAt(place: Place) -> Window {
var found = together(extremes(place));
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
found = together(found);
let total = found.sums.x + found.sums.y;
let below = found.sums.z / total;
let mean = ldexp(problem.beta, -MEAN_LIFT) * below;
if (isCareful) {
peak = bitsOf(found.maxima.x);
least = ~found.maxima.y;
found = averaged(place, highest, total, peak, bitsOf(least));
}
if (TEAM > 1u) {
found = together(found);
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
fn apart(weight: f32, isHighest: bool) -> vec2<f32> {
return select(vec2<f32>(0f, weight), vec2<f32>(weight, 0f), isHighest);
}
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
if (weight > 0f || (value == MINUS_INFINITY && isFinite(logit.x) && isFinite(highest))) {
maxima = max(maxima, vec4<i32>(orderOf(value), ~orderOf(value), maxima.zw));
}
add(&sum, vec3<f32>(apart(weight, logit.x == highest), 0f));
}
}
}
return Found(maxima, totalOf(sum));
}
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
fn unpacked(quad: vec4<u32>) -> vec4<u32> {
return quad;
}
fn packed(bits: vec4<u32>) -> vec4<u32> {
return bits;
}
const LEAD = (4u - BEFORE.z % 4u) % 4u;
const SPAN = (LEAD + 3u * STRIDE.z + KERNEL.z + 3u) / 4u;
var<private> corner: vec3<i32>;
var<private> first: u32;
const LANES_ARE_CHANNELS = false;
fn channelQuads() -> u32 {
return 1u;
}
fn openQuad(quad: u32) {
let size = problem.output;
let perRow = size.z / 4u;
let row = quad / perRow;
let slice = row / size.y;
openAt(slice / size.x, vec3<u32>(slice % size.x, row % size.y, quad % perRow * 4u), 0u);
}
fn openAt(plane: u32, window: vec3<u32>, channels: u32) {
corner = vec3<i32>(window * STRIDE) - vec3<i32>(BEFORE) - vec3<i32>(0, 0, i32(LEAD));
first = (problem.inputBase + plane * problem.input.x * problem.input.y * problem.input.z) / 4u;
}
fn quadAt(i: u32, j: u32, column: i32) -> u32 {
let row = u32(corner.x + i32(i)) * problem.input.y + u32(corner.y + i32(j));
return first + (row * problem.input.z + u32(column)) / 4u;
}
fn tapsOf(i: u32, j: u32) -> array<vec4<u32>, KERNEL.z> {
var span: array<vec4<u32>, SPAN>;
for (var s = 0u; s < SPAN; s++) {
let column = corner.z + i32(4u * s);
span[s] = vec4<u32>(ABSENT);
if (!PADDED || u32(column) < problem.input.z) {
span[s] = unpacked(xQuads[quadAt(i, j, column)]);
}
}
var taps: array<vec4<u32>, KERNEL.z>;
for (var k = 0u; k < KERNEL.z; k++) {
for (var window = 0u; window < 4u; window++) {
let at = LEAD + window * STRIDE.z + k;
taps[k][window] = span[at / 4u][at % 4u];
}
}
return taps;
}
const ABSENT = MINUS_INFINITY;
struct Quad {
highest: vec4<f32>,
total: vec4<f32>,
below: vec4<f32>,
isModerate: bool,
}
fn isInside(i: u32, j: u32) -> bool {
return !PADDED || (u32(corner.x + i32(i)) < problem.input.x && u32(corner.y + i32(j)) < problem.input.y);
}
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
let isSmall = top - vec4<u32>(0x0d800000u) >= vec4<u32>(0x64000000u);
let isLow = vec4<bool>(PADDED) & (highest == vec4<f32>(-LARGEST));
return Quad(highest, total, below, problem.careful == 0u && !any((isSmall & (top != vec4<u32>(0u))) | isLow));
}
var<private> sum: f32;
var<private> infinite: u32;
fn startSum() {
sum = 0f;
infinite = 0u;
}
fn addGradient(weight: f32, gradient: u32) {
if (isFinite(gradient)) {
sum += weight * bitcast<f32>(gradient);
} else if (magnitude(gradient) > INFINITY) {
infinite |= 4u;
} else {
infinite |= select(1u, 2u, gradient == MINUS_INFINITY);
}
}
fn sumOfTerms() -> u32 {
if (infinite > 2u) {
return NOT_A_NUMBER;
}
return select(select(bitcast<u32>(sum), INFINITY, infinite == 1u), MINUS_INFINITY, infinite == 2u);
}
fn addTerm(value: u32, window: vec4<u32>) {
let highest = window.x;
if (magnitude(highest) > INFINITY) {
infinite |= 4u;
} else if (!isFinite(value)) {
if (value == highest) {
addGradient(bitcast<f32>(window.y), window.w);
}
} else if (!isFinite(highest)) {
addGradient(SMALLEST_NORMAL, window.w);
} else {
let exponent = logit(value, highest);
let weight = max(power(exponent) * bitcast<f32>(window.y), SMALLEST_NORMAL);
if (EXACT) {
let moves = exponent * LN2 - bitcast<f32>(window.z);
addGradient(weight * (1f + moves), window.w);
infinite |= select(0u, 4u, !isFinite(window.w) && moves <= 0f);
} else {
addGradient(weight, window.w);
}
}
}
const THREADS = 128u;
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
note(s, plane, at, channels + s % TILE_CHANNELS);
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
fn firstWindow(input: vec3<u32>) -> vec3<u32> {
return vec3<u32>(max(vec3<i32>(input + BEFORE + STRIDE) - vec3<i32>(KERNEL), vec3<i32>(0))) / STRIDE;
}
fn note(seat: u32, plane: u32, window: vec3<u32>, channels: u32) {
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
statistics[seat * 4u + lane] = vec4<u32>(
bitcast<u32>(found.highest[lane]),
bitcast<u32>(perTotal[lane]),
bitcast<u32>(mean[lane]),
gradient[lane],
);
}
if (!found.isModerate) {
for (var lane = 0u; lane < turns(4u); lane++) {
let careful = windowAt(placeOf(quad * 4u + lane));
statistics[seat * 4u + lane] = vec4<u32>(careful.max, bitcast<u32>(1f / careful.mass), bitcast<u32>(careful.mean), gradient[lane]);
}
}
}
