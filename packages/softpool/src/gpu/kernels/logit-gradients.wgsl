// With shared weights, the gradient of the logit of each tap's weight: Σ_c g_c β (x_c - y_c) over
// the channels whose y is finite, divided by 2^SLOPE_LIFT.
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
  let isFirst = problem.planes > 1u; // channels come first
  var sum = 0f;
  var isDefined = true;
  for (var c = 0u; c < problem.channels; c++) {
    let plane = example * problem.planes + c;
    let center = statistics[select(window * problem.channels + c, plane * outputs + position, isFirst)];
    let address = problem.inputBase + select((example * space + source) * problem.channels + c, plane * space + source, isFirst);
    let value = element(x[wordAt(address)], address);
    if (isFinite(value) && isFinite(center.x)) {
      isDefined = isDefined && isFinite(center.z);
      if (isDefined) {
        sum += bitcast<f32>(center.z) * (slope(value, center.x) - bitcast<f32>(center.y));
      }
    }
  }
  logitGradients[index] = select(NOT_A_NUMBER, bitcast<u32>(sum), isDefined);
}
