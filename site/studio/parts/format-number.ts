/** Numbers as the studio shows them: four digits, with a minus sign instead of a hyphen. */

/** For example 2.493, −0.048, 2.2×10⁴, 0 or ∞. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 10 ** (digits + 2) || size < 1e-4)) {
    const [mantissa = '', exponent = '0'] = value.toExponential(1).split('e');
    return `${mantissa.replace('-', '−').replace(/\.0$/, '')}×10${superscript(Number(exponent))}`;
  }
  const rounded = size >= 1 || size === 0 ? Number(value.toPrecision(digits)) : Number(value.toFixed(digits - 1));
  return String(rounded).replace('-', '−');
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
