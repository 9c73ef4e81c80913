fn pullOf(index: u32) -> u32 {
  return pulls[index];
}
