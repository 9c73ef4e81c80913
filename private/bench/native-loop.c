// What the processor can do: 2×2/2 SoftPool of [8,64,112,112] in C, one pass, 128-bit vectors
// without fused multiply-add, as WebAssembly has them, on one thread and on two that never sleep.
//
//     gcc -O3 -mavx -fopenmp private/bench/native-loop.c -o bench-output/native-loop
//     OMP_WAIT_POLICY=active bench-output/native-loop
#include <immintrin.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 8 * 64 * 56, SIDE = 112, ROUNDS = 101 };

/** exp(d) · 753.2122 for d ≤ 0, by the polynomial of the kernels' exp.ts. */
static inline __m128 exponential(__m128 d) {
  const __m128 t = _mm_mul_ps(d, _mm_set1_ps(1.44269504f));
  const __m128 rounded = _mm_add_ps(t, _mm_set1_ps(12582912.f));
  const __m128 f = _mm_sub_ps(t, _mm_sub_ps(rounded, _mm_set1_ps(12582912.f)));
  const float coefficients[] = {41.80864673f, 180.9375242f, 522.0867166f, 753.21220292f};
  __m128 p = _mm_add_ps(f, _mm_set1_ps(7.28773528f));
  for (int i = 0; i < 4; i++) p = _mm_add_ps(_mm_mul_ps(p, f), _mm_set1_ps(coefficients[i]));
  return _mm_castsi128_ps(_mm_add_epi32(_mm_castps_si128(p), _mm_slli_epi32(_mm_castps_si128(rounded), 23)));
}

static inline void pool_row(const float *top, const float *bottom, float *y) {
  const __m128 lowest = _mm_set1_ps(-84.5f);
  for (int i = 0; i < SIDE / 2; i += 4) {
    const __m128 a0 = _mm_loadu_ps(top + 2 * i), a1 = _mm_loadu_ps(top + 2 * i + 4);
    const __m128 b0 = _mm_loadu_ps(bottom + 2 * i), b1 = _mm_loadu_ps(bottom + 2 * i + 4);
    const __m128 high0 = _mm_max_ps(a0, b0), high1 = _mm_max_ps(a1, b1), low0 = _mm_min_ps(a0, b0), low1 = _mm_min_ps(a1, b1);
    const __m128 left = _mm_shuffle_ps(high0, high1, 0x88), right = _mm_shuffle_ps(high0, high1, 0xdd);
    const __m128 m = _mm_max_ps(left, right);
    const __m128 d1 = _mm_max_ps(_mm_sub_ps(_mm_min_ps(left, right), m), lowest);
    const __m128 d2 = _mm_max_ps(_mm_sub_ps(_mm_shuffle_ps(low0, low1, 0x88), m), lowest);
    const __m128 d3 = _mm_max_ps(_mm_sub_ps(_mm_shuffle_ps(low0, low1, 0xdd), m), lowest);
    const __m128 e1 = exponential(d1), e2 = exponential(d2), e3 = exponential(d3);
    const __m128 below = _mm_add_ps(_mm_add_ps(_mm_mul_ps(e1, d1), _mm_mul_ps(e2, d2)), _mm_mul_ps(e3, d3));
    const __m128 weights = _mm_add_ps(_mm_add_ps(_mm_add_ps(e1, e2), e3), _mm_set1_ps(753.2122f));
    _mm_storeu_ps(y + i, _mm_add_ps(m, _mm_div_ps(below, weights)));
  }
}

static int ascending(const void *a, const void *b) {
  const double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

int main(void) {
  float *x = aligned_alloc(64, sizeof *x * ROWS * 2 * SIDE), *y = aligned_alloc(64, sizeof *y * ROWS * SIDE / 2);
  for (long i = 0; i < (long)ROWS * 2 * SIDE; i++) x[i] = (rand() % 10000) / 2000.f - 2.5f;
  double times[2][ROUNDS];
  for (int round = 0; round < 2 * ROUNDS; round++) {
    const double start = omp_get_wtime();
#pragma omp parallel for num_threads(1 + round % 2) schedule(static)
    for (long row = 0; row < ROWS; row++) pool_row(x + row * 2 * SIDE, x + row * 2 * SIDE + SIDE, y + row * SIDE / 2);
    times[round % 2][round / 2] = 1e3 * (omp_get_wtime() - start);
  }
  for (int i = 0; i < 2; i++) {
    qsort(times[i], ROUNDS, sizeof **times, ascending);
    printf("%d thread(s): %.2f ms, fastest %.2f\n", i + 1, times[i][ROUNDS / 2], times[i][0]);
  }
}
