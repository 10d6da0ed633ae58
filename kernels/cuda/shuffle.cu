#include "common.cuh"
// The pixel that one pass of the raster-order shuffle leaves at (y, x).
//
// In the published order, from the lower right, a pixel takes the value that its source holds at that moment: the
// source's new value where the pass has been there already, else its old one. Following sources for as long as the pass
// had been there gives each pixel by itself; half of all sources lie behind, so a chain has two links on average.
KERNEL(256)
shuffled(const byte* __restrict__ src, byte* __restrict__ dst, const char2* __restrict__ offsets, int height, int width,
         int passes, int step, int delta) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  offsets += ((size_t)blockIdx.z * passes + step) * (height * width);
  int v = y, u = x;
  while (v > delta && v <= height - delta && u > delta && u <= width - delta) {
    const char2 move = __ldg(offsets + v * width + u);
    const int b = v + move.y, a = u + move.x;
    const bool visited = b > v || (b == v && a > u);
    v = b, u = a;
    if (!visited) break;
  }
  const size_t image = (size_t)blockIdx.z * (height * width * 3);
#pragma unroll
  for (int c = 0; c < 3; c++) dst[image + (y * width + x) * 3 + c] = __ldg(src + image + (v * width + u) * 3 + c);
}
