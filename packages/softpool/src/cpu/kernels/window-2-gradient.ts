/**
 * The gradient of windows of 2, four windows at a time in one pass: the differences of all values
 * from their maximum, d = x − m, at least LOWEST, their exponentials, and dx from dy.
 *
 * The functions for each number of rows are exported only so that the optimizer keeps them apart,
 * as in window-2.ts.
 */
import { exp2 } from './exp';
import { BETA, COEFFICIENTS, EXACT, HEIGHT, INNER, LOWEST, ROUND, TO_EXPONENT, WIDTH } from './problem-fields';
import { field } from './read-problem';
import { even, isFiniteVector, leastWeight, odd } from './vectors';
import { bandStep } from './window-2';

/**
 * The bits of 2^-23. A weight here is above 2^-126, so gradients of that size need no least weight.
 */
const LARGE_ENOUGH: i32 = 0x34000000;

/**
 * Writes the gradients of `band` rows of windows to `dx`, as poolWindow2 does the outputs. False if
 * an input may not be finite.
 */
export function poolWindow2Grad(problem: usize, x: usize, dy: usize, dx: usize, count: i32, rows: i32, band: i32): bool {
  const step = bandStep(problem);
  let finite = true;
  for (let i = 0; i < band; i++) {
    if (rows == 1) finite = set1(problem, x, dy, dx, count) && finite;
    else if (rows == 2) finite = set2(problem, x, dy, dx, count) && finite;
    else finite = set4(problem, x, dy, dx, count) && finite;
    x += step;
    dx += step;
    dy += <usize>count << 2;
  }
  return finite;
}

export function set1(problem: usize, x: usize, dy: usize, dx: usize, count: i32): bool {
  return setRows(problem, x, dy, dx, count, 1);
}

export function set2(problem: usize, x: usize, dy: usize, dx: usize, count: i32): bool {
  return setRows(problem, x, dy, dx, count, 2);
}

export function set4(problem: usize, x: usize, dy: usize, dx: usize, count: i32): bool {
  return setRows(problem, x, dy, dx, count, 4);
}

/** Computes a row of windows. Values of rows that they do not have are 0, and are not used. */
@inline
function setRows(problem: usize, x: usize, dy: usize, dx: usize, count: i32, rows: i32): bool {
  const inner = <usize>field(problem, INNER) << 2;
  const below = <usize>field(problem, WIDTH) * inner;
  const behind = <usize>field(problem, HEIGHT) * below;
  const lowest = v128.load32_splat(problem, LOWEST);
  const scale = v128.load32_splat(problem, TO_EXPONENT);
  const round = v128.load32_splat(problem, ROUND);
  const c0 = v128.load32_splat(problem, COEFFICIENTS);
  const c1 = v128.load32_splat(problem, COEFFICIENTS + 4);
  const c2 = v128.load32_splat(problem, COEFFICIENTS + 8);
  const c3 = v128.load32_splat(problem, COEFFICIENTS + 12);
  const c4 = v128.load32_splat(problem, COEFFICIENTS + 16);
  const exact = field(problem, EXACT) != 0;
  const needsFloor = !exact && !areLargeEnough(dy, count);
  const alternating = inner == 4;
  const apart: usize = alternating ? 16 : inner;
  const last = <usize>(count - 4) << 2;
  const zero = f32x4.splat(0);
  let channel: usize = 0;
  let sum = zero;
  for (let at: usize = 0; ; ) {
    const xa = v128.load(x);
    const xb = v128.load(x + apart);
    const xc = rows > 1 ? v128.load(x + below) : zero;
    const xd = rows > 1 ? v128.load(x + below + apart) : zero;
    const xe = rows > 2 ? v128.load(x + behind) : zero;
    const xf = rows > 2 ? v128.load(x + behind + apart) : zero;
    const xg = rows > 2 ? v128.load(x + behind + below) : zero;
    const xh = rows > 2 ? v128.load(x + behind + below + apart) : zero;
    let a = alternating ? even(xa, xb) : xa;
    let b = alternating ? odd(xa, xb) : xb;
    let c = alternating ? even(xc, xd) : xc;
    let d = alternating ? odd(xc, xd) : xd;
    let e = alternating ? even(xe, xf) : xe;
    let f = alternating ? odd(xe, xf) : xf;
    let g = alternating ? even(xg, xh) : xg;
    let h = alternating ? odd(xg, xh) : xh;
    let m = f32x4.pmax(b, a);
    if (rows > 1) m = f32x4.pmax(f32x4.pmax(d, c), m);
    if (rows > 2) m = f32x4.pmax(f32x4.pmax(f32x4.pmax(h, g), f32x4.pmax(f, e)), m);
    a = f32x4.sub(a, m);
    b = f32x4.sub(b, m);
    c = f32x4.sub(c, m);
    d = f32x4.sub(d, m);
    e = f32x4.sub(e, m);
    f = f32x4.sub(f, m);
    g = f32x4.sub(g, m);
    h = f32x4.sub(h, m);
    sum = f32x4.add(sum, addByHalves(a, b, c, d, e, f, g, h, rows));
    a = f32x4.pmax(a, lowest);
    b = f32x4.pmax(b, lowest);
    c = f32x4.pmax(c, lowest);
    d = f32x4.pmax(d, lowest);
    e = f32x4.pmax(e, lowest);
    f = f32x4.pmax(f, lowest);
    g = f32x4.pmax(g, lowest);
    h = f32x4.pmax(h, lowest);
    let wa = exp2(f32x4.mul(a, scale), round, c0, c1, c2, c3, c4);
    let wb = exp2(f32x4.mul(b, scale), round, c0, c1, c2, c3, c4);
    let wc = exp2(f32x4.mul(c, scale), round, c0, c1, c2, c3, c4);
    let wd = exp2(f32x4.mul(d, scale), round, c0, c1, c2, c3, c4);
    let we = exp2(f32x4.mul(e, scale), round, c0, c1, c2, c3, c4);
    let wf = exp2(f32x4.mul(f, scale), round, c0, c1, c2, c3, c4);
    let wg = exp2(f32x4.mul(g, scale), round, c0, c1, c2, c3, c4);
    let wh = exp2(f32x4.mul(h, scale), round, c0, c1, c2, c3, c4);
    const perWeight = f32x4.div(f32x4.splat(1), addByHalves(wa, wb, wc, wd, we, wf, wg, wh, rows));
    // w (1 + β (x − y)) = w (offset + β d), offset = 1 − β Σ e d / Σ e
    let beta = zero;
    let offset = zero;
    if (exact) {
      beta = v128.load32_splat(problem, BETA);
      const products = addByHalves(
        f32x4.mul(a, wa),
        f32x4.mul(b, wb),
        f32x4.mul(c, wc),
        f32x4.mul(d, wd),
        f32x4.mul(e, we),
        f32x4.mul(f, wf),
        f32x4.mul(g, wg),
        f32x4.mul(h, wh),
        rows,
      );
      offset = f32x4.sub(f32x4.splat(1), f32x4.mul(beta, f32x4.mul(products, perWeight)));
    }
    const gradient = v128.load(dy + at);
    wa = f32x4.mul(wa, perWeight);
    wb = f32x4.mul(wb, perWeight);
    wc = f32x4.mul(wc, perWeight);
    wd = f32x4.mul(wd, perWeight);
    we = f32x4.mul(we, perWeight);
    wf = f32x4.mul(wf, perWeight);
    wg = f32x4.mul(wg, perWeight);
    wh = f32x4.mul(wh, perWeight);
    if (exact) {
      wa = f32x4.mul(wa, f32x4.add(offset, f32x4.mul(beta, a)));
      wb = f32x4.mul(wb, f32x4.add(offset, f32x4.mul(beta, b)));
      wc = f32x4.mul(wc, f32x4.add(offset, f32x4.mul(beta, c)));
      wd = f32x4.mul(wd, f32x4.add(offset, f32x4.mul(beta, d)));
      we = f32x4.mul(we, f32x4.add(offset, f32x4.mul(beta, e)));
      wf = f32x4.mul(wf, f32x4.add(offset, f32x4.mul(beta, f)));
      wg = f32x4.mul(wg, f32x4.add(offset, f32x4.mul(beta, g)));
      wh = f32x4.mul(wh, f32x4.add(offset, f32x4.mul(beta, h)));
    } else if (needsFloor) {
      const floor = leastWeight(gradient, false);
      wa = f32x4.pmax(wa, floor);
      wb = f32x4.pmax(wb, floor);
      wc = f32x4.pmax(wc, floor);
      wd = f32x4.pmax(wd, floor);
      we = f32x4.pmax(we, floor);
      wf = f32x4.pmax(wf, floor);
      wg = f32x4.pmax(wg, floor);
      wh = f32x4.pmax(wh, floor);
    }
    // Last, so that a tiny gradient loses nothing on the way.
    storePair(dx, apart, alternating, f32x4.mul(wa, gradient), f32x4.mul(wb, gradient));
    if (rows > 1) storePair(dx + below, apart, alternating, f32x4.mul(wc, gradient), f32x4.mul(wd, gradient));
    if (rows > 2) {
      storePair(dx + behind, apart, alternating, f32x4.mul(we, gradient), f32x4.mul(wf, gradient));
      storePair(dx + behind + below, apart, alternating, f32x4.mul(wg, gradient), f32x4.mul(wh, gradient));
    }
    if (at == last) break;
    // The last vector reaches back if the row ends within it.
    const next = min(at + 16, last);
    let move = (next - at) << 1;
    if (!alternating) {
      move = 16;
      channel += 16;
      if (channel == inner) {
        channel = 0;
        move += inner;
      }
    }
    x += move;
    dx += move;
    at = next;
  }
  return isFiniteVector(sum);
}

/** Whether no gradient of a row needs the least weight: each is 0 or large enough. */
function areLargeEnough(dy: usize, count: i32): bool {
  let tiny = i32x4.splat(0);
  const last = <usize>(count - 4) << 2;
  for (let at: usize = 0; ; at = min(at + 16, last)) {
    const magnitude = v128.and(v128.load(dy + at), i32x4.splat(0x7fffffff));
    tiny = v128.or(tiny, i32x4.lt_u(i32x4.sub(magnitude, i32x4.splat(1)), i32x4.splat(LARGE_ENOUGH - 1)));
    if (at == last) break;
  }
  return !v128.any_true(tiny);
}

/** The sum of the values of `rows` rows. It adds by halves, since every step may round. */
@inline
function addByHalves(a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128, rows: i32): v128 {
  let sum = f32x4.add(a, b);
  if (rows > 1) sum = f32x4.add(sum, f32x4.add(c, d));
  if (rows > 2) sum = f32x4.add(sum, f32x4.add(f32x4.add(e, f), f32x4.add(g, h)));
  return sum;
}

/** Writes a row's two gradients of four windows. */
@inline
function storePair(dx: usize, apart: usize, alternating: bool, left: v128, right: v128): void {
  v128.store(dx, alternating ? v128.shuffle<f32>(left, right, 0, 4, 1, 5) : left);
  v128.store(dx + apart, alternating ? v128.shuffle<f32>(left, right, 2, 6, 3, 7) : right);
}
