/** Prints dark pages in light colors: browsers leave out dark grounds, and paper is white. */
export function printInLight(): void {
  const { classList } = document.documentElement;
  let wasDark = false;
  addEventListener('beforeprint', () => {
    wasDark = classList.contains('dark');
    classList.remove('dark');
  });
  addEventListener('afterprint', () => classList.toggle('dark', wasDark));
}
