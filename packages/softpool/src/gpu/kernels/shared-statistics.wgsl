fn record(index: u32, window: Window, gradient: u32) {
  statistics[index] = vec4<u32>(window.peak, bitcast<u32>(window.mean), gradient, 0u);
  let space = problem.output.x * problem.output.y * problem.output.z;
  let position = index / problem.inner;
  let plane = position / space;
  if (index % problem.inner == 0u && plane % problem.planes == 0u) {
    windows[plane / problem.planes * space + position % space] = vec2<u32>(window.max, bitcast<u32>(1f / window.mass));
  }
}
