fn record(index: u32, window: Window, gradient: u32) {
  statistics[index] = vec4<u32>(window.max, bitcast<u32>(1f / window.mass), bitcast<u32>(window.mean), gradient);
}
