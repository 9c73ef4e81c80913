// The gradient of each input: the sum over the windows that hold it. Each thread computes a word,
// always in the same order.

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
  let weightPosition = plane / problem.planes * space + position % space;

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
        // With dilation, not every window from the first to the last that holds this input does.
        if (!DILATED || (all(here >= start) && all(start + tap * problem.step == here))) {
          let at = (i * out.y + j) * out.z + k;
          let outputs = out.x * out.y * out.z;
          let output = (plane * outputs + at) * problem.inner + channel;
          let number = (tap.x * problem.most.y + tap.y) * problem.most.z + tap.z;
          addWindow(value, weightPosition, output, plane / problem.planes * outputs + at, number);
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
