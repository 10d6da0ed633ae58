#include "common.cuh"
// out (N, X, H) = (weights (H, K) @ src (N, K, X)) transposed: eight rows of the result a thread, so that what is
// loaded of src serves all of them. weights come transposed, (K, rows), with rows a multiple of 8; outside of first ..
// last of its eight rows they are 0, and a sum does not change by them.
KERNEL(128)
product_transposed(const float* __restrict__ src, float* __restrict__ out, const float* __restrict__ weights,
                   const int2* __restrict__ spans, int inner, int across, int height, int rows) {
  const int x = blockIdx.x * 128 + threadIdx.x, m = 8 * blockIdx.y;
  if (x >= across) return;
  const float* __restrict__ field = src + (size_t)blockIdx.z * ((size_t)inner * across) + x;
  const int2 span = __ldg(spans + blockIdx.y);
  float total[8] = {};
#pragma unroll 2
  for (int k = span.x; k < span.y; k++) {
    const float value = __ldg(field + k * across);
    const float4 a = __ldg((const float4*)(weights + k * rows + m)),
                 b = __ldg((const float4*)(weights + k * rows + m) + 1);
    total[0] += a.x * value, total[1] += a.y * value, total[2] += a.z * value, total[3] += a.w * value;
    total[4] += b.x * value, total[5] += b.y * value, total[6] += b.z * value, total[7] += b.w * value;
  }
  store(out + (size_t)blockIdx.z * ((size_t)across * height) + (size_t)x * height, m, height, total);
}

// The same for lines of `length` elements, of which each result sees `size` from `window_start` on: a result a thread.
KERNEL(256)
windows_transposed(const float* __restrict__ src, float* __restrict__ out, const float* __restrict__ weights,
                   const int2* __restrict__ spans, int size, int across, int length, int rows) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= across || y >= length) return;
  const int start = python::window_start(y, length, size), row = y - start;
  const size_t image = (size_t)blockIdx.z * ((size_t)length * across);
  const float* __restrict__ field = src + image + (size_t)start * across + x;
  const int2 span = __ldg(spans + row / 8);
  float total = 0.0f;
  for (int k = span.x; k < span.y; k++) total += __ldg(weights + k * rows + row) * __ldg(field + k * across);
  out[image + (size_t)x * length + y] = total;
}
