// Copies an input to where it is among zeros, or back from there. `problem` holds the sizes of what
// is read as those of the input, and of what is written as those of the output.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let word = threadOf(group, thread.x, 64u);
  if (word * PER_WORD >= problem.outputs) {
    return;
  }
  var result = 0u;
  for (var i = 0u; i < PER_WORD; i++) {
    result = withElement(result, i, copied(word * PER_WORD + i));
  }
  y[word] = result;
}

fn copied(index: u32) -> u32 {
  if (index >= problem.outputs) {
    return 0u;
  }
  let column = index / problem.inner;
  let row = column / problem.output.z;
  let slice = row / problem.output.y;
  let at = vec3<u32>(slice % problem.output.x, row % problem.output.y, column % problem.output.z);
  let plane = slice / problem.output.x;
  // Before the input, the difference wraps around to a number that is larger than any size.
  let there = select(at - BEFORE, at + BEFORE, CROPS);
  if (any(there >= problem.input)) {
    return 0u;
  }
  let position = ((plane * problem.input.x + there.x) * problem.input.y + there.y) * problem.input.z + there.z;
  let read = position * problem.inner + index % problem.inner;
  return element(x[wordAt(read)], read);
}
