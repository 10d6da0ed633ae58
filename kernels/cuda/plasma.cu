#include "common.cuh"
// Diamond-square on a periodic map (S, S), S a power of two, stretched to 0..1: a block an image, which waits for all
// of its threads after each half level. m holds unit draws at first.
DEVICE int ordered(float v) {  // whole numbers in the order of the floats
  const int bits = __float_as_int(v);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}
DEVICE float from_ordered(int key) { return __int_as_float(key ^ ((key >> 31) & 0x7fffffff)); }

KERNEL(1024) plasma(float* m, const float* __restrict__ powers, int size, int levels) {
  __shared__ int low_key, high_key;
  const int mask = size - 1, t = threadIdx.x;
  m += (size_t)blockIdx.x * (size * size);
  if (t == 0) m[0] = 0.0f, low_key = 0x7fffffff, high_key = -0x7fffffff - 1;  // read by thread 0 alone up to a barrier
  for (int level = 0; level < levels; level++) {
    const int per = 1 << level, step = size >> level, half = step >> 1;
    const float power = __ldg(powers + level);
    for (int cell = t; cell < per * per; cell += 1024) {
      const int y = (cell >> level) * step + half, x = (cell & (per - 1)) * step + half;
      const int up = (y - half) * size, low = ((y + half) & mask) * size, left = x - half, right = (x + half) & mask;
      float* at = m + y * size + x;
      *at = python::displaced(m[up + left], m[up + right], m[low + left], m[low + right], power, *at);
    }
    __syncthreads();
    for (int cell = t; cell < 2 * per * per; cell += 1024) {
      const int row = cell >> level, y = row * half, x = (cell & (per - 1)) * step + (row & 1 ? 0 : half);
      const int up = ((y - half) & mask) * size, low = ((y + half) & mask) * size;
      const int left = (x - half) & mask, right = (x + half) & mask;
      float* at = m + y * size + x;
      *at = python::displaced(m[up + x], m[low + x], m[y * size + left], m[y * size + right], power, *at);
    }
    __syncthreads();
  }
  int least_key = 0x7fffffff, most_key = -0x7fffffff - 1;
  for (int e = t; e < size * size; e += 1024) {
    const int key = ordered(m[e]);
    least_key = min(least_key, key), most_key = max(most_key, key);
  }
  atomicMin(&low_key, least_key);
  atomicMax(&high_key, most_key);
  __syncthreads();
  const float low = from_ordered(low_key), span = from_ordered(high_key) - low;
  for (int e = t; e < size * size; e += 1024) m[e] = python::stretched(m[e], low, span);
}
