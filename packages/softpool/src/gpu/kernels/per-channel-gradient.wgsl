fn addWindow(value: u32, weightPosition: u32, output: u32, window: u32, tap: u32) {
  addTerm(value, statistics[output]);
}
