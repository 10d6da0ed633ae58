#include "common.cuh"
// A weighted sum at whole-pixel offsets (dy, dx), edges clamped: a pixel a thread, its image's offsets the same for
// all.
KERNEL(256)
at_offsets(const byte* __restrict__ src, byte* __restrict__ dst, const int2* __restrict__ offsets,
           const float* __restrict__ weights, int taps, int height, int width, float lift) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  const size_t image = (size_t)blockIdx.z * (height * width * CHANNELS);
  offsets += (size_t)blockIdx.z * taps;
  float total[CHANNELS] = {};
#pragma unroll 4
  for (int k = 0; k < taps; k++) {
    const int2 move = __ldg(offsets + k);
    const float weight = __ldg(weights + k);
    const int at = (clamped(y + move.x, height) * width + clamped(x + move.y, width)) * CHANNELS;
#pragma unroll
    for (int c = 0; c < CHANNELS; c++) total[c] = total[c] + weight * (float)__ldg(src + image + at + c);
  }
#pragma unroll
  for (int c = 0; c < CHANNELS; c++) dst[image + (y * width + x) * CHANNELS + c] = (byte)to_byte(total[c] + lift);
}
