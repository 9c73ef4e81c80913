const GRID_WIDTH = 65535u;
@group(0) @binding(0) var<uniform> problem: Problem;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> positions: array<vec2<u32>>;
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
fn threadOf(group: vec3<u32>, thread: u32, threads: u32) -> u32 {
return (group.y * GRID_WIDTH + group.x) * threads + thread;
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
let position = threadOf(group, thread, 64u);
if (position >= problem.inputs / problem.channels) {
return;
}
let space = problem.input.x * problem.input.y * problem.input.z;
let step = select(1u, space, problem.planes > 1u);
let example = position / space;
let base = problem.inputBase + select(position * problem.channels, example * problem.channels * space + position % space, problem.planes > 1u);
var order = orderOf(0xffffffffu);
var top = 0u;
for (var c = 0u; c < problem.channels; c++) {
let source = base + c * step;
let value = element(x[wordAt(source)], source);
order = max(order, orderOf(value));
top = max(top, magnitude(value));
}
if (top > INFINITY) {
positions[position] = vec2<u32>(NOT_A_NUMBER, 0u);
return;
}
let highest = bitsOf(order);
var total = 0f;
var block = 0f;
for (var c = 0u; c < problem.channels; c++) {
let source = base + c * step;
block += mass(element(x[wordAt(source)], source), highest);
if ((c & 63u) == 63u) {
total += block;
block = 0f;
}
}
positions[position] = vec2<u32>(highest, bitcast<u32>(total + block));
}

// Next program

const GRID_WIDTH = 65535u;
@group(0) @binding(0) var<uniform> problem: Problem;
@group(0) @binding(1) var<storage, read> tables: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<u32>;
@group(0) @binding(3) var<storage, read> dy: array<u32>;
@group(0) @binding(4) var<storage, read> positions: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> statistics: array<vec4<u32>>;
@group(0) @binding(6) var<storage, read_write> windows: array<vec2<u32>>;
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
const SHARED = true;
const MEAN_LIFT = PULL_LIFT;
fn logitAt(position: u32, x: u32) -> vec2<u32> {
return positions[position];
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
fn record(index: u32, window: Window, gradient: u32) {
statistics[index] = vec4<u32>(window.peak, bitcast<u32>(window.mean), gradient, 0u);
let space = problem.output.x * problem.output.y * problem.output.z;
let position = index / problem.inner;
let plane = position / space;
if (index % problem.inner == 0u && plane % problem.planes == 0u) {
windows[plane / problem.planes * space + position % space] = vec2<u32>(window.max, bitcast<u32>(1f / window.mass));
}
}
@compute @workgroup_size(ABREAST, TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) seat: vec3<u32>) {
takeSeat(seat);
let index = threadOf(group, seat.x, ABREAST);
let window = windowAt(placeOf(min(index, problem.outputs - 1u)));
if (index < problem.outputs && MEMBER == 0u) {
let source = problem.outputBase + index;
record(index, window, element(dy[wordAt(source)], source));
}
}

// Next program

const GRID_WIDTH = 65535u;
@group(0) @binding(0) var<uniform> problem: Problem;
@group(0) @binding(1) var<storage, read> tables: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<u32>;
@group(0) @binding(3) var<storage, read> statistics: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> windows: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> pulls: array<u32>;
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
fn threadOf(group: vec3<u32>, thread: u32, threads: u32) -> u32 {
return (group.y * GRID_WIDTH + group.x) * threads + thread;
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
let index = threadOf(group, thread, 64u);
let most = problem.most;
let taps = most.x * most.y * most.z;
let window = index / taps;
let outputs = problem.output.x * problem.output.y * problem.output.z;
if (window >= problem.outputs / problem.channels) {
return;
}
let tap = index % taps;
let at = vec3<u32>(tap / (most.y * most.z), tap / most.z % most.y, tap % most.z);
let position = window % outputs;
let here = vec3<u32>(position / (problem.output.z * problem.output.y), position / problem.output.z % problem.output.y, position % problem.output.z);
let entry = problem.tables + here;
let count = vec3<u32>(
tables[entry.x + problem.output.x],
tables[entry.y + problem.output.y],
tables[entry.z + problem.output.z],
);
if (any(at >= count) || !isFinite(windows[window].x)) {
return;
}
let start = vec3<u32>(tables[entry.x], tables[entry.y], tables[entry.z]) + at * problem.step;
let source = (start.x * problem.input.y + start.y) * problem.input.z + start.z;
let space = problem.input.x * problem.input.y * problem.input.z;
let example = window / outputs;
let isFirst = problem.planes > 1u;
var sum = 0f;
var isDefined = true;
for (var c = 0u; c < problem.channels; c++) {
let plane = example * problem.planes + c;
let centre = statistics[select(window * problem.channels + c, plane * outputs + position, isFirst)];
let address = problem.inputBase + select((example * space + source) * problem.channels + c, plane * space + source, isFirst);
let value = element(x[wordAt(address)], address);
if (isFinite(value) && isFinite(centre.x)) {
isDefined = isDefined && isFinite(centre.z);
if (isDefined) {
sum += bitcast<f32>(centre.z) * (slope(value, centre.x) - bitcast<f32>(centre.y));
}
}
}
pulls[index] = select(NOT_A_NUMBER, bitcast<u32>(sum), isDefined);
}

// Next program

const GRID_WIDTH = 65535u;
const EXACT = true;
const DILATED = false;
@group(0) @binding(0) var<uniform> problem: Problem;
@group(0) @binding(1) var<storage, read> tables: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<u32>;
@group(0) @binding(3) var<storage, read> statistics: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> positions: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> windows: array<vec2<u32>>;
@group(0) @binding(6) var<storage, read> pulls: array<u32>;
@group(0) @binding(7) var<storage, read_write> dx: array<u32>;
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
fn threadOf(group: vec3<u32>, thread: u32, threads: u32) -> u32 {
return (group.y * GRID_WIDTH + group.x) * threads + thread;
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
fn pullOf(index: u32) -> u32 {
return pulls[index];
}
fn addWindow(value: u32, ours: u32, output: u32, window: u32, tap: u32) {
let own = positions[ours];
let their = windows[window];
if (magnitude(their.x) > INFINITY) {
infinite |= 4u;
return;
}
let perMass = bitcast<f32>(their.y);
var weight = mass(own.x, their.x) * bitcast<f32>(own.y) * perMass;
if (isFinite(own.x)) {
weight = max(weight, SMALLEST_NORMAL);
}
if (weight > 0f) {
addGradient(weight, statistics[output].z);
}
if (EXACT && isFinite(value) && isFinite(their.x)) {
let share = mass(value, their.x) * perMass;
if (share > 0f) {
addGradient(ldexp(share, PULL_LIFT), pullOf(window * problem.most.x * problem.most.y * problem.most.z + tap));
}
}
}
fn gradientOf(index: u32) -> u32 {
let size = problem.input;
let channel = index % problem.inner;
let position = index / problem.inner;
let w = position % size.z;
let h = position / size.z % size.y;
let d = position / (size.z * size.y) % size.x;
let plane = position / (size.z * size.y * size.x);
let space = size.x * size.y * size.z;
let source = problem.inputBase + index;
let value = element(x[wordAt(source)], source);
let ours = plane / problem.planes * space + position % space;
let here = vec3<u32>(d, h, w);
let out = problem.output;
let entry = problem.tables + 2u * out + here;
let first = vec3<u32>(tables[entry.x], tables[entry.y], tables[entry.z]);
let last = vec3<u32>(tables[entry.x + size.x], tables[entry.y + size.y], tables[entry.z + size.z]);
startSum();
for (var i = first.x; i <= last.x; i++) {
for (var j = first.y; j <= last.y; j++) {
for (var k = first.z; k <= last.z; k++) {
let window = problem.tables + vec3<u32>(i, j, k);
let start = vec3<u32>(tables[window.x], tables[window.y], tables[window.z]);
let tap = (here - start) / problem.step;
if (!DILATED || (all(here >= start) && all(start + tap * problem.step == here))) {
let at = (i * out.y + j) * out.z + k;
let outputs = out.x * out.y * out.z;
let output = (plane * outputs + at) * problem.inner + channel;
let number = (tap.x * problem.most.y + tap.y) * problem.most.z + tap.z;
addWindow(value, ours, output, plane / problem.planes * outputs + at, number);
}
}
}
}
return sumOfTerms();
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
let word = threadOf(group, thread, 64u);
if (word * PER_WORD >= problem.inputs) {
return;
}
var result = 0u;
for (var i = 0u; i < PER_WORD; i++) {
result = withElement(result, i, gradientOf(min(word * PER_WORD + i, problem.inputs - 1u)));
}
dx[problem.inputBase / PER_WORD + word] = result;
}
