#include "common.cuh"
// Filters of three by three on layers of one channel, reflect-101; and histogram equalisation.
#define PLACE_OF                                                                        \
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;        \
  if (x >= width || y >= height) return;                                                \
  const int a = python::before(x, width), b = python::after(x, width), mid = y * width; \
  const int up = python::before(y, height) * width, low = python::after(y, height) * width

// The mean plus `rounding`, truncated; of elements of type FROM.
KERNEL(256) box3(const FROM* __restrict__ src, byte* __restrict__ dst, int height, int width, float rounding) {
  PLACE_OF;
  const FROM* __restrict__ p = src + (size_t)blockIdx.z * (height * width);
  const float u = python::row_sum(__ldg(p + up + a), __ldg(p + up + x), __ldg(p + up + b));
  const float m = python::row_sum(__ldg(p + mid + a), __ldg(p + mid + x), __ldg(p + mid + b));
  const float l = python::row_sum(__ldg(p + low + a), __ldg(p + low + x), __ldg(p + low + b));
  dst[(size_t)blockIdx.z * (height * width) + mid + x] = (byte)python::mean_of_nine(u, m, l, rounding);
}

// A correlation with nine whole numbers, clipped.
KERNEL(256)
correlate3(const byte* __restrict__ src, byte* __restrict__ dst, const int* __restrict__ kernel, int height,
           int width) {
  PLACE_OF;
  const byte* __restrict__ p = src + (size_t)blockIdx.z * (height * width);
  const int rows[3] = {up, mid, low};
  int total = 0;
#pragma unroll
  for (int j = 0; j < 3; j++)
    total += __ldg(p + rows[j] + a) * __ldg(kernel + 3 * j) + __ldg(p + rows[j] + x) * __ldg(kernel + 3 * j + 1) +
             __ldg(p + rows[j] + b) * __ldg(kernel + 3 * j + 2);
  dst[(size_t)blockIdx.z * (height * width) + mid + x] = (byte)python::clipped_byte(total);
}

// A layer through the curve that equalises its histogram, in place; a layer of one value stays. A block an image.
KERNEL(512) equalize(byte* layer, int size) {
  __shared__ int counts[256], first;
  __shared__ byte curve[256];
  const int t = threadIdx.x;
  layer += (size_t)blockIdx.x * size;
  if (t < 256) counts[t] = 0;
  if (t == 0) first = 256;
  __syncthreads();
  for (int e = t; e < size; e += 512) atomicAdd(counts + layer[e], 1);
  __syncthreads();
  if (t < 256 && counts[t] > 0) atomicMin(&first, t);
  __syncthreads();
  const int rest = size - counts[first];
  if (rest == 0) return;
  if (t < 256) {
    int below = 0;
    for (int v = first + 1; v <= t; v++) below += counts[v];
    curve[t] = (byte)(t > first ? python::equalised(below, rest) : 0);
  }
  __syncthreads();
  for (int e = t; e < size; e += 512) layer[e] = curve[layer[e]];
}
