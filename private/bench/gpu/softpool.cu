// SoftPool as a CUDA textbook has it: one thread per output, one pass over the window for its
// maximum and one for the sums. Backward it is the paper's gradient: each weight times dL/dy, added
// to its input by an atomic, since windows may overlap. Beside it a copy within the device's
// memory. Sums are in float32.
//
// Reads problems, a line each: number batch channels D H W kernel stride padding dtype layout pass.
// D is 0 for images. Prints a line of JSON for each that is channelsFirst and not exact.
//
//     nvcc -O3 -std=c++17 -arch=native softpool.cu -o softpool-cuda
#include <cuda_fp16.h>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

const int ROUNDS = 15, SAMPLE_MILLISECONDS = 10, THREADS = 256;

struct Shape {
  int planes, input[3], output[3], kernel[3], stride[3], padding[3];
  long inputs, outputs;
};

static void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  fprintf(stderr, "softpool-cuda: %s\n", cudaGetErrorString(error));
  exit(1);
}

// The same numbers as in peers.ts.
template <class T>
__global__ void fill(T *values, long count) {
  const long i = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) values[i] = (T)(((unsigned)i * 2654435761u >> 8) / 4194304.f - 2.f);
}

template <class Visit>
__device__ void each_tap(const Shape &shape, const int *first, const int *last, long plane, Visit visit) {
  for (int z = first[0]; z < last[0]; z++)
    for (int y = first[1]; y < last[1]; y++)
      for (int x = first[2]; x < last[2]; x++) visit(((plane * shape.input[0] + z) * shape.input[1] + y) * shape.input[2] + x);
}

// Writes y to `result` or, with dL/dy, adds dL/dx to it.
template <class T>
__global__ void pool(Shape shape, const T *x, const T *dy, T *result) {
  const long output = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (output >= shape.outputs) return;
  int first[3], last[3];
  long plane = output;
  for (int axis = 2; axis >= 0; axis--) {
    const int corner = (int)(plane % shape.output[axis]) * shape.stride[axis] - shape.padding[axis];
    plane /= shape.output[axis];
    first[axis] = max(corner, 0);
    last[axis] = min(corner + shape.kernel[axis], shape.input[axis]);
  }
  float maximum = -INFINITY, weights = 0.f, weighted = 0.f;
  each_tap(shape, first, last, plane, [&](long at) { maximum = fmaxf(maximum, (float)x[at]); });
  each_tap(shape, first, last, plane, [&](long at) {
    const float weight = expf((float)x[at] - maximum);
    weights += weight;
    weighted += weight * (float)x[at];
  });
  if (dy == nullptr) {
    result[output] = (T)(weighted / weights);
    return;
  }
  const float scale = (float)dy[output] / weights;
  each_tap(shape, first, last, plane, [&](long at) { atomicAdd(result + at, (T)(expf((float)x[at] - maximum) * scale)); });
}

template <class T>
static T *allocate(long count) {
  T *memory;
  check(cudaMalloc(&memory, count * sizeof(T)));
  check(cudaMemset(memory, 0, count * sizeof(T)));
  return memory;
}

// Milliseconds per call, by the device's events.
template <class Call>
static double time_of(int calls, Call call) {
  static cudaEvent_t start, end;
  if (start == nullptr) check(cudaEventCreate(&start)), check(cudaEventCreate(&end));
  check(cudaEventRecord(start));
  for (int i = 0; i < calls; i++) call();
  check(cudaEventRecord(end));
  check(cudaEventSynchronize(end));
  check(cudaGetLastError());
  float milliseconds;
  check(cudaEventElapsedTime(&milliseconds, start, end));
  return milliseconds / calls;
}

template <class Call>
static int calls_per_sample(Call call) {
  time_of(3, call);
  return std::min(2000., ceil(SAMPLE_MILLISECONDS / std::max(1e-3, std::min(time_of(1, call), time_of(1, call)))));
}

template <class T>
static void measure(const Shape &shape, bool is_forward, int number) {
  const long results = is_forward ? shape.outputs : shape.inputs;
  const long moved = sizeof(T) * (shape.outputs + shape.inputs * (is_forward ? 1 : 2));
  const auto blocks = [](long threads) { return (unsigned)((threads + THREADS - 1) / THREADS); };
  T *x = allocate<T>(shape.inputs), *dy = allocate<T>(shape.outputs), *result = allocate<T>(results);
  char *from = allocate<char>(moved / 2), *to = allocate<char>(moved / 2);
  fill<<<blocks(shape.inputs), THREADS>>>(x, shape.inputs);
  fill<<<blocks(shape.outputs), THREADS>>>(dy, shape.outputs);
  const auto call = [&] {
    if (!is_forward) check(cudaMemsetAsync(result, 0, results * sizeof(T)));
    pool<<<blocks(shape.outputs), THREADS>>>(shape, x, is_forward ? nullptr : dy, result);
  };
  const auto copy = [&] { check(cudaMemcpyAsync(to, from, moved / 2, cudaMemcpyDeviceToDevice)); };
  const int calls = calls_per_sample(call), copy_calls = calls_per_sample(copy);
  std::string samples, copies;
  for (int round = 0; round < ROUNDS; round++) {
    samples += (round ? "," : "") + std::to_string(time_of(calls, call));
    copies += (round ? "," : "") + std::to_string(time_of(copy_calls, copy));
  }
  std::vector<T> values(results);
  check(cudaMemcpy(values.data(), result, results * sizeof(T), cudaMemcpyDeviceToHost));
  double sum = 0;
  for (long i = 0; i < results; i++) sum += (double)(float)values[i] * (1 + i % 13);
  printf("{\"subject\":\"CUDA textbook\",\"problem\":%d,\"bytes\":%ld,\"sum\":%.9g,", number, moved, sum);
  printf("\"samples\":[%s],\"copies\":[%s]}\n", samples.c_str(), copies.c_str());
  for (void *memory : {(void *)x, (void *)dy, (void *)result, (void *)from, (void *)to}) check(cudaFree(memory));
}

int main() {
  int number, batch, channels, input[3], kernel, stride, padding;
  char dtype[16], layout[16], pass[16];
  check(cudaFree(nullptr)); // is there a device, and a driver for this program?
  while (scanf("%d %d %d %d %d %d", &number, &batch, &channels, input, input + 1, input + 2) == 6 &&
         scanf("%d %d %d %15s %15s %15s", &kernel, &stride, &padding, dtype, layout, pass) == 6) {
    if (layout != std::string("channelsFirst") || pass == std::string("exact")) continue;
    Shape shape = {batch * channels};
    shape.inputs = shape.outputs = shape.planes;
    for (int axis = 0; axis < 3; axis++) {
      const bool is_flat = input[axis] == 0;
      shape.input[axis] = is_flat ? 1 : input[axis];
      shape.kernel[axis] = is_flat ? 1 : kernel;
      shape.stride[axis] = is_flat ? 1 : stride;
      shape.padding[axis] = is_flat ? 0 : padding;
      shape.output[axis] = (shape.input[axis] + 2 * shape.padding[axis] - shape.kernel[axis]) / shape.stride[axis] + 1;
      shape.inputs *= shape.input[axis];
      shape.outputs *= shape.output[axis];
    }
    const bool is_forward = pass == std::string("forward");
    dtype == std::string("float32") ? measure<float>(shape, is_forward, number) : measure<half>(shape, is_forward, number);
  }
  return 0;
}
