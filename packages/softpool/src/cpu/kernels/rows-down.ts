/** Sums down: the rows of a window become m_c, E_c and N_c of each column. See rows-tile.ts. */
import { exp2 } from './exp';
import { field } from './read-problem';
import { COEFFICIENTS, INNER, LOWEST, ROUND, TO_EXPONENT } from './problem-fields';
import { SHORT, firstColumn, columns, originColumn, rowBytes, down, addresses, windowRows, reused } from './rows-tile';
import { highHalf, demote } from './vectors';

/** Sums the window's rows down into m_c, E_c and N_c. */
export function sumDown(problem: usize, forGradient: bool): void {
  if (!reused && (forGradient || windowRows > SHORT)) sumLongDownCareful(problem);
  else if (!reused) sumDownCareful(problem);
  else if (windowRows == 2) sumTwoDown(problem);
  else if (windowRows == 3) sumThreeDown(problem);
  else if (windowRows > (forGradient ? 3 : SHORT)) sumLongDownReused(problem);
  else sumDownReused(problem);
}

export function sumDownCareful(problem: usize): void {
  sumDownBy(problem, false, false);
}

export function sumLongDownCareful(problem: usize): void {
  sumDownBy(problem, false, true);
}

export function sumDownReused(problem: usize): void {
  sumDownBy(problem, true, false);
}

export function sumLongDownReused(problem: usize): void {
  sumDownBy(problem, true, true);
}

/** Sums two rows. */
export function sumTwoDown(problem: usize): void {
  sumFewDown(problem, false);
}

/** Sums three rows. */
export function sumThreeDown(problem: usize): void {
  sumFewDown(problem, true);
}

/** Sums two or three rows, the most common numbers where windows overlap, without loops. */
@inline
function sumFewDown(problem: usize, isThree: bool): void {
  const x0 = load<usize>(addresses);
  const e0 = load<usize>(addresses, 4);
  const x1 = load<usize>(addresses, 8);
  const e1 = load<usize>(addresses, 12);
  const x2 = isThree ? load<usize>(addresses, 16) : 0;
  const e2 = isThree ? load<usize>(addresses, 20) : 0;
  const inner = field(problem, INNER);
  const target = down + (<usize>((firstColumn - originColumn) * inner) << 2);
  const last = (<usize>(columns * inner) << 2) - 16;
  for (let at: usize = 0; ; at = min(at + 16, last)) {
    const a = v128.load(x0 + at);
    const b = v128.load(x1 + at);
    let m = f32x4.pmax(a, b);
    const c = isThree ? v128.load(x2 + at) : m;
    if (isThree) m = f32x4.pmax(m, c);
    const ea = v128.load(e0 + at);
    const eb = v128.load(e1 + at);
    let sum = f32x4.add(ea, eb);
    let weighted = f32x4.add(f32x4.mul(ea, f32x4.sub(a, m)), f32x4.mul(eb, f32x4.sub(b, m)));
    if (isThree) {
      const ec = v128.load(e2 + at);
      sum = f32x4.add(sum, ec);
      weighted = f32x4.add(weighted, f32x4.mul(ec, f32x4.sub(c, m)));
    }
    v128.store(target + at, m);
    v128.store(target + at + rowBytes, sum);
    v128.store(target + at + 2 * rowBytes, weighted);
    if (at == last) break;
  }
}

@inline
function sumDownBy(problem: usize, isReused: bool, isLong: bool): void {
  const lowest = v128.load32_splat(problem, LOWEST);
  const negativeInfinity = f32x4.splat(-Infinity);
  const scale = v128.load32_splat(problem, TO_EXPONENT);
  const round = v128.load32_splat(problem, ROUND);
  const c0 = v128.load32_splat(problem, COEFFICIENTS);
  const c1 = v128.load32_splat(problem, COEFFICIENTS + 4);
  const c2 = v128.load32_splat(problem, COEFFICIENTS + 8);
  const c3 = v128.load32_splat(problem, COEFFICIENTS + 12);
  const c4 = v128.load32_splat(problem, COEFFICIENTS + 16);
  const inner = field(problem, INNER);
  const target = down + (<usize>((firstColumn - originColumn) * inner) << 2);
  const last = (<usize>(columns * inner) << 2) - 16;
  const end = addresses + (<usize>windowRows << 3);
  for (let at: usize = 0; ; at = min(at + 16, last)) {
    let m = v128.load(load<usize>(addresses) + at);
    for (let row = addresses + 8; row < end; row += 8) m = f32x4.pmax(v128.load(load<usize>(row) + at), m);
    let sum = f32x4.splat(0);
    let weighted = f32x4.splat(0);
    let sumLow = f64x2.splat(0);
    let sumHigh = f64x2.splat(0);
    let weightedLow = f64x2.splat(0);
    let weightedHigh = f64x2.splat(0);
    for (let row = addresses; row < end; row += 8) {
      const value = v128.load(load<usize>(row) + at);
      let d = f32x4.sub(value, m);
      let e: v128;
      if (isReused) {
        e = v128.load(load<usize>(row, 4) + at);
      } else {
        d = f32x4.pmax(d, lowest);
        e = exp2(f32x4.mul(d, scale), round, c0, c1, c2, c3, c4);
        // with a difference of LOWEST, a −∞ would have weight
        e = v128.and(e, f32x4.ne(value, negativeInfinity));
      }
      const n = f32x4.mul(e, d);
      if (isLong) {
        sumLow = f64x2.add(sumLow, f64x2.promote_low_f32x4(e));
        sumHigh = f64x2.add(sumHigh, f64x2.promote_low_f32x4(highHalf(e)));
        weightedLow = f64x2.add(weightedLow, f64x2.promote_low_f32x4(n));
        weightedHigh = f64x2.add(weightedHigh, f64x2.promote_low_f32x4(highHalf(n)));
      } else {
        sum = f32x4.add(sum, e);
        weighted = f32x4.add(weighted, n);
      }
    }
    if (isLong) {
      sum = demote(sumLow, sumHigh);
      weighted = demote(weightedLow, weightedHigh);
    }
    v128.store(target + at, m);
    v128.store(target + at + rowBytes, sum);
    v128.store(target + at + 2 * rowBytes, weighted);
    if (at == last) break;
  }
}
