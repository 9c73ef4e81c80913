/** Numbers as the studio shows them: four digits, with a minus sign instead of a hyphen. */

/** For example 2.493, −0.048, 2.2×10⁴, 0 or ∞. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 10 ** (1 - digits))) {
    const [mantissa = '', exponent = '0'] = value.toExponential(1).split('e');
    return `${mantissa.replace('-', '−').replace(/\.0$/, '')}×10${superscript(Number(exponent))}`;
  }
  // Numbers of thousands keep a decimal: 1000.5 and 1001.493 must not look the same.
  const decimals = size < 1 ? digits - 1 : Math.max(1, digits - 1 - Math.floor(Math.log10(size)));
  const rounded = Number(value.toFixed(decimals));
  return String(rounded).replace('-', '−');
}

/** For example 1 frame, or 2 frames. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

function superscript(exponent: number): string {
  return String(exponent).replace(/./g, (sign) => SUPERSCRIPTS[sign] ?? sign);
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  '-': '⁻',
  0: '⁰',
  1: '¹',
  2: '²',
  3: '³',
  4: '⁴',
  5: '⁵',
  6: '⁶',
  7: '⁷',
  8: '⁸',
  9: '⁹',
};
