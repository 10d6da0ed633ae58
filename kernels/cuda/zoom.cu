#include "common.cuh"
// The sum of the centred zooms whose indices and weights are the rows of iy, wy (F, H) and ix, wx (F, W), each cut off to
// bytes or not (RESAMPLED): a pixel a thread.
KERNEL(256)
zoomed(const FROM* __restrict__ src, float* __restrict__ out, const int* __restrict__ iy, const float* __restrict__ wy,
       const int* __restrict__ ix, const float* __restrict__ wx, int factors, int height, int width) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  const int row = width * CHANNELS;
  const size_t image = (size_t)blockIdx.z * (height * row);
  float total[CHANNELS] = {};
  for (int f = 0; f < factors; f++) {
    const int v = __ldg(iy + f * height + y), u = __ldg(ix + f * width + x);
    const float down = __ldg(wy + f * height + y), across = __ldg(wx + f * width + x);
    const FROM* __restrict__ upper = src + image + v * row;
    const FROM* __restrict__ lower = src + image + min(v + 1, height - 1) * row;
    const int left = u * CHANNELS, right = min(u + 1, width - 1) * CHANNELS;
#pragma unroll
    for (int c = 0; c < CHANNELS; c++)
      total[c] =
          total[c] + RESAMPLED((float)__ldg(upper + left + c), (float)__ldg(upper + right + c),
                                       (float)__ldg(lower + left + c), (float)__ldg(lower + right + c), down, across);
  }
#pragma unroll
  for (int c = 0; c < CHANNELS; c++) out[image + y * row + x * CHANNELS + c] = total[c];
}
