#include "common.cuh"
#include "philox.cuh"
// Pointwise noise: the four elements of image blockIdx.y whose words are one Philox block.
KERNEL(256)
transition(const byte* __restrict__ src, byte* __restrict__ dst, const word* __restrict__ table,
           const long long* __restrict__ ids, int size, word stream, word k0, word k1) {
  const int block = blockIdx.x * 256 + threadIdx.x, first = 4 * block;
  if (first >= size) return;
  const Words words = philox(block, __ldg(ids + blockIdx.y), stream, k0, k1);
  const size_t image = (size_t)blockIdx.y * size;
  const Array<word> rows{table};
  int level[4];
  load(src + image, first, size, level);
#pragma unroll
  for (int k = 0; k < 4; k++) level[k] = python::moved(level[k], words.of[k], rows);
  store(dst + image, first, size, level);
}
