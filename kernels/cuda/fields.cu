#include "common.cuh"
#include "philox.cuh"
// Fields of draws: four values of image blockIdx.y a thread, whose words are one Philox block.
#define FOUR(T, value)                                                        \
  const int block = blockIdx.x * 256 + threadIdx.x, first = 4 * block;        \
  if (first >= size) return;                                                  \
  const Words words = philox(block, __ldg(ids + blockIdx.y), stream, k0, k1); \
  T values[4];                                                                \
  _Pragma("unroll") for (int k = 0; k < 4; k++) values[k] = value;            \
  store(out + (size_t)blockIdx.y * size, first, size, values)

KERNEL(256)
normal_field(float* __restrict__ out, const long long* __restrict__ ids, int size, word stream, word k0, word k1,
             float mean, float std, const float* __restrict__ quantiles) {
  const Array<float> table{quantiles};
  FOUR(float, mean + std * python::normal_value(words.of[k], table));
}

KERNEL(256)
uniform_field(float* __restrict__ out, const long long* __restrict__ ids, int size, word stream, word k0, word k1,
              float low, float span) {
  FOUR(float, low + span * python::unit_value(words.of[k]));
}

KERNEL(256)
integer_field(byte* __restrict__ out, const long long* __restrict__ ids, int size, word stream, word k0, word k1,
              int low, int span) {
  FOUR(int, (int)python::integer_value(words.of[k], low, span));
}
