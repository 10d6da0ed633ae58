#include "common.cuh"
// The median over a square, bit by bit from the highest: the largest level under which at most half of the elements lie.
// Eight counts of a square that stays in the first cache take no memory of their own, whatever its side.
KERNEL(256)
median(const byte* __restrict__ src, byte* __restrict__ dst, const int* __restrict__ sides, int height, int width) {
  const int e = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (e >= width * CHANNELS || y >= height) return;
  const int side = __ldg(sides + blockIdx.z), reach = side / 2, half = side * side / 2;
  const int x = e / CHANNELS, c = e - x * CHANNELS;
  const size_t image = (size_t)blockIdx.z * (height * width * CHANNELS);
  int level = 0;
  for (int bit = 128; bit > 0; bit >>= 1) {
    const int tried = level | bit;
    int below = 0;
    for (int j = -reach; j <= reach; j++) {
      const byte* __restrict__ line = src + image + clamped(y + j, height) * (width * CHANNELS) + c;
      for (int i = -reach; i <= reach; i++) below += __ldg(line + clamped(x + i, width) * CHANNELS) < tried;
    }
    if (below <= half) level = tried;
  }
  dst[image + y * (width * CHANNELS) + e] = (byte)level;
}
