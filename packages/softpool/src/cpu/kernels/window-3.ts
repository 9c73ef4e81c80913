/**
 * Windows of 3×3 at stride 2, the most common that overlap, with reused exponentials: the sums of
 * rows-down.ts and rows-across.ts in one loop. A window's last column is the next window's first,
 * so that each column is summed down once, and its m_c, E_c and N_c are carried over.
 */
import { field } from './read-problem';
import { even, isFiniteVector, odd } from './vectors';
import { INNER, WIDTH, WIDTH_KERNEL, WIDTH_STEP, WIDTH_STRIDE } from './problem-fields';
import { storeResults } from './rows-across';
import { addresses, firstColumn, firstOutput, gathered, NO_MAXIMUM, outputs, reused, windowColumn, windowRows } from './rows-tile';

/**
 * Whether the tile's current row of windows can be summed here: it needs whole vectors of outputs,
 * and windows inside their rows.
 */
export function fitsWindow3(problem: usize): bool {
  if (!reused || windowRows != 3 || field(problem, WIDTH_KERNEL) != 3 || field(problem, WIDTH_STRIDE) != 2 || field(problem, WIDTH_STEP) != 1) return false;
  const inner = field(problem, INNER);
  const end = windowColumn(problem, firstOutput + outputs - 1) + 3;
  return windowColumn(problem, firstOutput) >= -1 && end <= field(problem, WIDTH) && (inner == 1 ? outputs >= 4 : inner % 4 == 0);
}

/** Computes the row of outputs as sumAcross does. False if one may not be finite. */
export function sumThree(problem: usize, y: usize): bool {
  return field(problem, INNER) == 1 ? sumThreeAlong(problem, y) : sumThreePositions(problem, y);
}

/**
 * In channelsFirst: four windows at a time, of nine columns, the first of which is carried over.
 */
export function sumThreeAlong(problem: usize, y: usize): bool {
  const x0 = load<usize>(addresses);
  const e0 = load<usize>(addresses, 4);
  const x1 = load<usize>(addresses, 8);
  const e1 = load<usize>(addresses, 12);
  const x2 = load<usize>(addresses, 16);
  const e2 = load<usize>(addresses, 20);
  const column = windowColumn(problem, firstOutput);
  const second = <usize>(column + 1 - firstColumn) << 2;
  const last = <usize>(outputs - 4) << 2;
  let lastM = f32x4.splat(NO_MAXIMUM);
  let lastE = f32x4.splat(0);
  let lastN = f32x4.splat(0);
  let isCarried = column < 0;
  let total = f32x4.splat(0);
  for (let at: usize = 0; ; ) {
    let from = second + 2 * at;
    if (!isCarried) {
      // The first column of the first window, or of a window computed twice so that the last vector
      // is whole.
      const a = v128.load(x0 + from - 16);
      const b = v128.load(x1 + from - 16);
      const c = v128.load(x2 + from - 16);
      const ea = v128.load(e0 + from - 16);
      const eb = v128.load(e1 + from - 16);
      const ec = v128.load(e2 + from - 16);
      lastM = max3(a, b, c);
      lastE = sum3(ea, eb, ec);
      lastN = weighted3(a, b, c, ea, eb, ec, lastM);
    }
    let a = v128.load(x0 + from);
    let b = v128.load(x1 + from);
    let c = v128.load(x2 + from);
    let ea = v128.load(e0 + from);
    let eb = v128.load(e1 + from);
    let ec = v128.load(e2 + from);
    const m0 = max3(a, b, c);
    const s0 = sum3(ea, eb, ec);
    const n0 = weighted3(a, b, c, ea, eb, ec, m0);
    from += 16;
    a = v128.load(x0 + from);
    b = v128.load(x1 + from);
    c = v128.load(x2 + from);
    ea = v128.load(e0 + from);
    eb = v128.load(e1 + from);
    ec = v128.load(e2 + from);
    const m1 = max3(a, b, c);
    const s1 = sum3(ea, eb, ec);
    const n1 = weighted3(a, b, c, ea, eb, ec, m1);
    const right = odd(m0, m1);
    const rightE = odd(s0, s1);
    const rightN = odd(n0, n1);
    const m = total3(before(lastM, right), even(m0, m1), right, before(lastE, rightE), even(s0, s1), rightE, before(lastN, rightN), even(n0, n1), rightN, y, at);
    total = f32x4.add(total, m);
    lastM = right;
    lastE = rightE;
    lastN = rightN;
    if (at == last) break;
    isCarried = at + 16 <= last;
    at = min(at + 16, last);
  }
  return isFiniteVector(total);
}

/** In channelsLast: position by position, with the last column of the one before in the scratch. */
export function sumThreePositions(problem: usize, y: usize): bool {
  const inner = <usize>field(problem, INNER) << 2;
  let x0 = load<usize>(addresses);
  let e0 = load<usize>(addresses, 4);
  let x1 = load<usize>(addresses, 8);
  let e1 = load<usize>(addresses, 12);
  let x2 = load<usize>(addresses, 16);
  let e2 = load<usize>(addresses, 20);
  const column = windowColumn(problem, firstOutput);
  let from = <usize>(column + 1 - firstColumn) * inner;
  for (let at: usize = 0; at < inner; at += 16) {
    let m = f32x4.splat(NO_MAXIMUM);
    let e = f32x4.splat(0);
    let n = f32x4.splat(0);
    if (column >= 0) {
      const there = from - inner + at;
      const a = v128.load(x0 + there);
      const b = v128.load(x1 + there);
      const c = v128.load(x2 + there);
      const ea = v128.load(e0 + there);
      const eb = v128.load(e1 + there);
      const ec = v128.load(e2 + there);
      m = max3(a, b, c);
      e = sum3(ea, eb, ec);
      n = weighted3(a, b, c, ea, eb, ec, m);
    }
    v128.store(gathered + 3 * at, m);
    v128.store(gathered + 3 * at, e, 16);
    v128.store(gathered + 3 * at, n, 32);
  }
  const end = <usize>outputs * inner;
  let total = f32x4.splat(0);
  for (let row: usize = 0; row < end; row += inner) {
    let carry = gathered;
    for (let at = row; at < row + inner; at += 16) {
      let a = v128.load(x0 + from);
      let b = v128.load(x1 + from);
      let c = v128.load(x2 + from);
      let ea = v128.load(e0 + from);
      let eb = v128.load(e1 + from);
      let ec = v128.load(e2 + from);
      const m1 = max3(a, b, c);
      const s1 = sum3(ea, eb, ec);
      const n1 = weighted3(a, b, c, ea, eb, ec, m1);
      const right = from + inner;
      a = v128.load(x0 + right);
      b = v128.load(x1 + right);
      c = v128.load(x2 + right);
      ea = v128.load(e0 + right);
      eb = v128.load(e1 + right);
      ec = v128.load(e2 + right);
      const m2 = max3(a, b, c);
      const s2 = sum3(ea, eb, ec);
      const n2 = weighted3(a, b, c, ea, eb, ec, m2);
      const m0 = v128.load(carry);
      const s0 = v128.load(carry, 16);
      const n0 = v128.load(carry, 32);
      v128.store(carry, m2);
      v128.store(carry, s2, 16);
      v128.store(carry, n2, 32);
      total = f32x4.add(total, total3(m0, m1, m2, s0, s1, s2, n0, n1, n2, y, at));
      carry += 48;
      from += 16;
    }
    from += inner;
  }
  return isFiniteVector(total);
}

@inline
function max3(a: v128, b: v128, c: v128): v128 {
  return f32x4.pmax(f32x4.pmax(a, b), c);
}

@inline
function sum3(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.add(a, b), c);
}

/** Σ e (x − m) of three. */
@inline
function weighted3(a: v128, b: v128, c: v128, ea: v128, eb: v128, ec: v128, m: v128): v128 {
  return sum3(f32x4.mul(ea, f32x4.sub(a, m)), f32x4.mul(eb, f32x4.sub(b, m)), f32x4.mul(ec, f32x4.sub(c, m)));
}

/** Computes the outputs of windows of three columns, and stores them at `at`. */
@inline
function total3(ma: v128, mb: v128, mc: v128, ea: v128, eb: v128, ec: v128, na: v128, nb: v128, nc: v128, y: usize, at: usize): v128 {
  const m = max3(ma, mb, mc);
  const a = f32x4.add(na, f32x4.mul(ea, f32x4.sub(ma, m)));
  const b = f32x4.add(nb, f32x4.mul(eb, f32x4.sub(mb, m)));
  const c = f32x4.add(nc, f32x4.mul(ec, f32x4.sub(mc, m)));
  const sum = sum3(ea, eb, ec);
  return storeResults(m, f32x4.div(sum3(a, b, c), sum), sum, y, at, 4);
}

/** The columns before those of `right`; the first is the last of the vector before. */
@inline
function before(last: v128, right: v128): v128 {
  return v128.shuffle<f32>(last, right, 3, 4, 5, 6);
}
