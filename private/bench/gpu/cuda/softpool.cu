// SoftPool as a CUDA textbook has it: one thread an output, one pass over the window for its maximum and one for the sums; backward the gradient of
// the paper, each weight times dL/dy added to its input by an atomic, as windows may overlap. Beside them a copy within the device's memory.
// [planes, D, H, W] (channels first), float32 and float16, sums in float32. Prints a line of JSON for each measurement.
//
//     nvcc -O3 -std=c++17 -arch=native softpool.cu -o softpool-cuda && ./softpool-cuda [rounds]
//
// With -DHOST_CHECK it is C++ without CUDA, which pools what it reads, on the processor: by this its arithmetic is checked where there is no GPU.
#ifdef HOST_CHECK
#define __host__
#define __device__
#else
#include <cuda_fp16.h>
#endif
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <algorithm>
#include <vector>

struct Shape {
  int planes;
  int input[3], output[3], kernel[3], stride[3], padding[3];

  __host__ __device__ long inputs() const { return (long)planes * input[0] * input[1] * input[2]; }
  __host__ __device__ long outputs() const { return (long)planes * output[0] * output[1] * output[2]; }
};

// An axis of one without padding or a stride goes before the two of a picture.
static Shape makeShape(int planes, const int *input, const int *kernel, const int *stride, const int *padding) {
  Shape shape = {};
  shape.planes = planes;
  for (int axis = 0; axis < 3; axis++) {
    shape.input[axis] = input[axis];
    shape.kernel[axis] = kernel[axis];
    shape.stride[axis] = stride[axis];
    shape.padding[axis] = padding[axis];
    shape.output[axis] = (input[axis] + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1;
  }
  return shape;
}

// What lies of an output's window within the input: from `first` to before `last` along each axis, and the number of its plane's first element.
struct Window {
  int first[3], last[3];
  long plane;
};

__host__ __device__ inline Window windowOf(const Shape &shape, long output) {
  Window window;
  long rest = output;
  for (int axis = 2; axis >= 0; axis--) {
    const int corner = (int)(rest % shape.output[axis]) * shape.stride[axis] - shape.padding[axis];
    rest /= shape.output[axis];
    const int end = corner + shape.kernel[axis];
    window.first[axis] = corner < 0 ? 0 : corner;
    window.last[axis] = end > shape.input[axis] ? shape.input[axis] : end;
  }
  window.plane = rest * shape.input[0] * shape.input[1] * shape.input[2];
  return window;
}

template <class Visit>
__host__ __device__ inline void eachTap(const Shape &shape, const Window &window, Visit visit) {
  for (int z = window.first[0]; z < window.last[0]; z++)
    for (int y = window.first[1]; y < window.last[1]; y++)
      for (int x = window.first[2]; x < window.last[2]; x++) visit(window.plane + ((long)z * shape.input[1] + y) * shape.input[2] + x);
}

struct Sums {
  float maximum, weights, weighted;
};

template <class T>
__host__ __device__ inline Sums sumsOf(const Shape &shape, const Window &window, const T *x) {
  Sums sums = {-INFINITY, 0.f, 0.f};
  eachTap(shape, window, [&](long at) { sums.maximum = fmaxf(sums.maximum, (float)x[at]); });
  eachTap(shape, window, [&](long at) {
    const float value = (float)x[at], weight = expf(value - sums.maximum);
    sums.weights += weight;
    sums.weighted += weight * value;
  });
  return sums;
}

template <class T>
__host__ __device__ inline float poolOne(const Shape &shape, const T *x, long output) {
  const Sums sums = sumsOf(shape, windowOf(shape, output), x);
  return sums.weighted / sums.weights;
}

// Windows may overlap: on the GPU another thread may add to the same number.
template <class T>
__host__ __device__ inline void addTo(T *sum, float value) {
#ifdef __CUDA_ARCH__
  atomicAdd(sum, (T)value);
#else
  *sum = (T)((float)*sum + value);
#endif
}

template <class T>
__host__ __device__ inline void spreadOne(const Shape &shape, const T *x, const T *dy, long output, T *dx) {
  const Window window = windowOf(shape, output);
  const Sums sums = sumsOf(shape, window, x);
  const float scale = (float)dy[output] / sums.weights;
  eachTap(shape, window, [&](long at) { addTo(dx + at, expf((float)x[at] - sums.maximum) * scale); });
}

#ifdef HOST_CHECK

// softpool-check planes D H W  kD kH kW  sD sH sW  pD pH pW: reads x and dy as float32, writes y and dx.
int main(int count, char **words) {
  int numbers[13];
  if (count != 14) return 2;
  for (int i = 0; i < 13; i++) numbers[i] = atoi(words[i + 1]);
  const Shape shape = makeShape(numbers[0], numbers + 1, numbers + 4, numbers + 7, numbers + 10);
  std::vector<float> x(shape.inputs()), dy(shape.outputs()), y(shape.outputs()), dx(shape.inputs());
  if (fread(x.data(), 4, x.size(), stdin) != x.size() || fread(dy.data(), 4, dy.size(), stdin) != dy.size()) return 2;
  for (long i = 0; i < shape.outputs(); i++) {
    y[i] = poolOne(shape, x.data(), i);
    spreadOne(shape, x.data(), dy.data(), i, dx.data());
  }
  fwrite(y.data(), 4, y.size(), stdout);
  fwrite(dx.data(), 4, dx.size(), stdout);
  return 0;
}

#else

static void check(cudaError_t error, const char *what) {
  if (error == cudaSuccess) return;
  fprintf(stderr, "softpool-cuda: %s: %s\n", what, cudaGetErrorString(error));
  exit(1);
}

template <class T>
__global__ void forward(Shape shape, const T *x, T *y) {
  const long output = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (output < shape.outputs()) y[output] = (T)poolOne(shape, x, output);
}

template <class T>
__global__ void backward(Shape shape, const T *x, const T *dy, T *dx) {
  const long output = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (output < shape.outputs()) spreadOne(shape, x, dy, output, dx);
}

static const int THREADS = 256;
static const double SAMPLE_MILLISECONDS = 10;

// Milliseconds of so many calls, by the device's events.
template <class Call>
static double timeOf(int calls, Call call) {
  static cudaEvent_t start, end;
  if (start == nullptr) {
    check(cudaEventCreate(&start), "events");
    check(cudaEventCreate(&end), "events");
  }
  check(cudaEventRecord(start), "timing");
  for (int i = 0; i < calls; i++) call();
  check(cudaEventRecord(end), "timing");
  check(cudaEventSynchronize(end), "a kernel");
  check(cudaGetLastError(), "a kernel");
  float milliseconds;
  check(cudaEventElapsedTime(&milliseconds, start, end), "timing");
  return milliseconds;
}

template <class Call>
static int callsOf(Call call) {
  for (int i = 0; i < 3; i++) timeOf(1, call);
  const double once = std::max(1e-3, std::min(timeOf(1, call), timeOf(1, call)));
  return std::min(2000, (int)ceil(SAMPLE_MILLISECONDS / once));
}

static double quantile(const std::vector<double> &sorted, double part) {
  const double at = part * (sorted.size() - 1);
  const size_t below = (size_t)at, above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

struct Setting {
  const char *device;
  int dims, batch, channels, kernel, stride, padding;
};

static void print(const Setting &setting, const Shape &shape, const char *pass, const char *dtype, double bytes, std::vector<double> samples,
                  std::vector<double> copies) {
  std::sort(samples.begin(), samples.end());
  std::sort(copies.begin(), copies.end());
  printf("{\"subject\":\"CUDA textbook\",\"device\":\"%s\",\"dims\":%d,\"window\":{\"kernelSize\":%d,\"stride\":%d,\"padding\":%d},", setting.device,
         setting.dims, setting.kernel, setting.stride, setting.padding);
  printf("\"dtype\":\"%s\",\"layout\":\"channelsFirst\",\"pass\":\"%s\",\"shape\":[%d,%d", dtype, pass, setting.batch, setting.channels);
  for (int axis = 3 - setting.dims; axis < 3; axis++) printf(",%d", shape.input[axis]);
  printf("],\"bytes\":%.0f,\"median\":%.6f,\"quartiles\":[%.6f,%.6f],\"copy\":%.6f}\n", bytes, quantile(samples, 0.5), quantile(samples, 0.25),
         quantile(samples, 0.75), quantile(copies, 0.5));
  fflush(stdout);
}

// Numbers as activations have them, the same in every run: by Box and Muller, mean 0, standard deviation 1.
static std::vector<float> activations(long count) {
  std::vector<float> values(count);
  unsigned state = 1;
  const auto uniform = [&] { return ((state = state * 1664525u + 1013904223u) + 0.5) / 4294967296.0; };
  for (float &value : values) {
    const double radius = sqrt(-2 * log(uniform()));
    value = (float)(radius * cos(6.283185307179586 * uniform()));
  }
  return values;
}

template <class T>
static T *upload(const std::vector<float> &values) {
  const std::vector<T> converted(values.begin(), values.end());
  T *there;
  check(cudaMalloc(&there, converted.size() * sizeof(T)), "memory");
  check(cudaMemcpy(there, converted.data(), converted.size() * sizeof(T), cudaMemcpyHostToDevice), "upload");
  return there;
}

// Some outputs, and the gradient of the first plane, against the same arithmetic on the processor.
template <class T>
static void verify(const Shape &shape, const std::vector<float> &numbers, const std::vector<float> &gradients, const T *y, const T *dx,
                   float tolerance) {
  const std::vector<T> x(numbers.begin(), numbers.end()), dy(gradients.begin(), gradients.end());
  std::vector<T> pooled(shape.outputs()), spread(shape.inputs() / shape.planes);
  check(cudaMemcpy(pooled.data(), y, pooled.size() * sizeof(T), cudaMemcpyDeviceToHost), "reading");
  check(cudaMemcpy(spread.data(), dx, spread.size() * sizeof(T), cudaMemcpyDeviceToHost), "reading");
  std::vector<T> expected(spread.size(), (T)0.f);
  for (long i = 0; i < shape.outputs() / shape.planes; i++) spreadOne(shape, x.data(), dy.data(), i, expected.data());
  bool right = true;
  for (size_t i = 0; i < expected.size(); i++) right &= fabsf((float)spread[i] - (float)expected[i]) <= tolerance * fmaxf(1, fabsf((float)expected[i]));
  for (long i = 0; i < shape.outputs(); i += 997) right &= fabsf((float)pooled[i] - poolOne(shape, x.data(), i)) <= 4 * tolerance;
  if (right) return;
  fprintf(stderr, "softpool-cuda: wrong result\n");
  exit(1);
}

template <class T>
static void measure(const Setting &setting, const Shape &shape, const char *dtype, float tolerance, int rounds) {
  const std::vector<float> numbers = activations(shape.inputs()), gradients = activations(shape.outputs());
  T *x = upload<T>(numbers), *dy = upload<T>(gradients), *y, *dx;
  check(cudaMalloc(&y, shape.outputs() * sizeof(T)), "memory");
  check(cudaMalloc(&dx, shape.inputs() * sizeof(T)), "memory");
  const double forwardBytes = (double)sizeof(T) * (shape.inputs() + shape.outputs());
  const double backwardBytes = (double)sizeof(T) * (2 * shape.inputs() + shape.outputs());
  char *from, *to;
  const size_t copied = (size_t)backwardBytes / 2;
  check(cudaMalloc(&from, copied), "memory");
  check(cudaMalloc(&to, copied), "memory");
  check(cudaMemset(from, 1, copied), "memory");

  const int blocks = (int)((shape.outputs() + THREADS - 1) / THREADS);
  const auto runForward = [&] { forward<T><<<blocks, THREADS>>>(shape, x, y); };
  const auto runBackward = [&] {
    check(cudaMemsetAsync(dx, 0, shape.inputs() * sizeof(T)), "zeros");
    backward<T><<<blocks, THREADS>>>(shape, x, dy, dx);
  };
  const auto copyForward = [&] { check(cudaMemcpyAsync(to, from, (size_t)forwardBytes / 2, cudaMemcpyDeviceToDevice), "copy"); };
  const auto copyBackward = [&] { check(cudaMemcpyAsync(to, from, copied, cudaMemcpyDeviceToDevice), "copy"); };
  const int calls[] = {callsOf(runForward), callsOf(runBackward), callsOf(copyForward), callsOf(copyBackward)};
  verify(shape, numbers, gradients, y, dx, tolerance);
  std::vector<double> samples[4];
  for (int round = 0; round < rounds; round++) {
    samples[0].push_back(timeOf(calls[0], runForward) / calls[0]);
    samples[2].push_back(timeOf(calls[2], copyForward) / calls[2]);
    samples[1].push_back(timeOf(calls[1], runBackward) / calls[1]);
    samples[3].push_back(timeOf(calls[3], copyBackward) / calls[3]);
  }
  print(setting, shape, "forward", dtype, forwardBytes, samples[0], samples[2]);
  print(setting, shape, "weights", dtype, backwardBytes, samples[1], samples[3]);
  for (void *memory : {(void *)x, (void *)dy, (void *)y, (void *)dx, (void *)from, (void *)to}) check(cudaFree(memory), "memory");
}

int main(int count, char **words) {
  const int rounds = count > 1 ? atoi(words[1]) : 15;
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  if (error != cudaSuccess || devices == 0) {
    fprintf(stderr, "softpool-cuda: no CUDA device here: %s\n", error == cudaSuccess ? "none is listed" : cudaGetErrorString(error));
    return 1;
  }
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, 0), "the device");
  const int batches[] = {32, 8}, channels = 64, inputs[][3] = {{1, 112, 112}, {16, 56, 56}}, windows[][3] = {{2, 2, 0}, {3, 2, 1}};
  for (int dims = 2; dims <= 3; dims++) {
    for (const auto &[kernel, stride, padding] : windows) {
      const Setting setting = {properties.name, dims, batches[dims - 2], channels, kernel, stride, padding};
      const int flat = dims == 2;
      const int kernels[] = {flat ? 1 : kernel, kernel, kernel}, strides[] = {flat ? 1 : stride, stride, stride};
      const int paddings[] = {flat ? 0 : padding, padding, padding};
      const Shape shape = makeShape(setting.batch * channels, inputs[dims - 2], kernels, strides, paddings);
      measure<float>(setting, shape, "float32", 1e-5f, rounds);
      measure<half>(setting, shape, "float16", 1e-2f, rounds);
    }
  }
  return 0;
}

#endif
