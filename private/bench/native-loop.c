// What the processor can do: 2×2/2 SoftPool of [8,64,112,112] in C, one pass, 128-bit vectors without fused multiply-add, as WebAssembly has
// them, on one thread and on two that never sleep.
//
//     gcc -O3 -mavx -pthread bench/native-loop.c -o bench-output/native-loop && bench-output/native-loop
#include <immintrin.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PLANES = 8 * 64, SIDE = 112, ROUNDS = 101 };

static float *x, *y;
static atomic_int asked, answered;

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/** exp(d) · 753.2122 for d ≤ 0: as in packages/softpool/src/cpu/kernels/exp.ts. */
static inline __m128 exponential(__m128 d) {
  const __m128 t = _mm_mul_ps(d, _mm_set1_ps(1.44269504f));
  const __m128 rounded = _mm_add_ps(t, _mm_set1_ps(12582912.f));
  const __m128 f = _mm_sub_ps(t, _mm_sub_ps(rounded, _mm_set1_ps(12582912.f)));
  __m128 p = _mm_add_ps(f, _mm_set1_ps(7.28773528f));
  p = _mm_add_ps(_mm_mul_ps(p, f), _mm_set1_ps(41.80864673f));
  p = _mm_add_ps(_mm_mul_ps(p, f), _mm_set1_ps(180.9375242f));
  p = _mm_add_ps(_mm_mul_ps(p, f), _mm_set1_ps(522.0867166f));
  p = _mm_add_ps(_mm_mul_ps(p, f), _mm_set1_ps(753.21220292f));
  return _mm_castsi128_ps(_mm_add_epi32(_mm_castps_si128(p), _mm_slli_epi32(_mm_castps_si128(rounded), 23)));
}

__attribute__((noinline)) static void pool(int first_plane, int planes) {
  const __m128 lowest = _mm_set1_ps(-84.5f);
  for (long row = (long)first_plane * SIDE / 2; row < (long)(first_plane + planes) * SIDE / 2; row++) {
    const float *top = x + row * 2 * SIDE, *bottom = top + SIDE;
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
      _mm_storeu_ps(y + row * (SIDE / 2) + i, _mm_add_ps(m, _mm_div_ps(below, weights)));
    }
  }
}

static void *second_half(void *unused) {
  for (int seen = 0;; seen++) {
    while (atomic_load(&asked) == seen) _mm_pause();
    pool(PLANES / 2, PLANES / 2);
    atomic_fetch_add(&answered, 1);
  }
  return unused;
}

static int ascending(const void *a, const void *b) {
  const double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

int main(void) {
  const long elements = (long)PLANES * SIDE * SIDE;
  x = aligned_alloc(64, elements * sizeof *x);
  y = aligned_alloc(64, elements / 4 * sizeof *y);
  if (!x || !y) return 1;
  for (long i = 0; i < elements; i++) x[i] = (rand() % 10000) / 2000.f - 2.5f;
  pthread_t thread;
  if (pthread_create(&thread, NULL, second_half, NULL)) return 1;
  double one[ROUNDS], two[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    double start = milliseconds();
    pool(0, PLANES);
    one[round] = milliseconds() - start;
    start = milliseconds();
    atomic_fetch_add(&asked, 1);
    pool(0, PLANES / 2);
    while (atomic_load(&answered) <= round) _mm_pause();
    two[round] = milliseconds() - start;
  }
  qsort(one, ROUNDS, sizeof *one, ascending);
  qsort(two, ROUNDS, sizeof *two, ascending);
  printf("one thread  %.2f ms, fastest %.2f; two threads %.2f ms, fastest %.2f\n", one[ROUNDS / 2], one[0], two[ROUNDS / 2], two[0]);
}
