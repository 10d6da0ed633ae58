#include "common.cuh"
// dst = tables[c, src]: the bytes of four pixels a thread to words of type WORD, as planes (N, C, H, W) where PLANAR,
// else packed (N, H, W, C); tables (CHANNELS, 256).
KERNEL(256)
normalized(const byte* __restrict__ src, WORD* __restrict__ dst, const WORD* __restrict__ tables, int pixels) {
  const int first = 4 * (blockIdx.x * 256 + threadIdx.x);
  if (first >= pixels) return;
  const size_t image = (size_t)blockIdx.y * pixels * CHANNELS;
  int v[4 * CHANNELS];
  load(src + image, CHANNELS * first, CHANNELS * pixels, v);
#pragma unroll
  for (int k = 0; k < 4 * CHANNELS; k++) {
    const int c = k % CHANNELS, pixel = first + k / CHANNELS;
    if (pixel < pixels)
      dst[image + (PLANAR ? c * pixels + pixel : CHANNELS * first + k)] = __ldg(tables + (c * 256 + v[k]));
  }
}
