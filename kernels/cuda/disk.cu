#include "common.cuh"
// The sum over a disk from running sums along the rows: two of them for each of its rows. Then a few weighted
// neighbours. Whole numbers, so the order of adding is free.

// sums (N, H, C, width + 2 reach + 1): entry i is the sum of the i elements from -reach on, reflect-101.
KERNEL(128)
running_sums(const byte* __restrict__ src, int* __restrict__ sums, int height, int width, int channels, int reach) {
  const int line = blockIdx.x * 128 + threadIdx.x;
  if (line >= height * channels) return;
  const int y = line / channels, c = line - y * channels, length = width + 2 * reach + 1;
  const byte* __restrict__ row = src + ((size_t)blockIdx.y * height + y) * (width * channels) + c;
  int* __restrict__ out = sums + ((size_t)blockIdx.y * (height * channels) + line) * length;
  int total = 0;
  out[0] = 0;
  for (int i = 1; i < length; i++) {
    total += __ldg(row + beyond(i - 1 - reach, width, REFLECT101) * channels);
    out[i] = total;
  }
}

// out (N, H, W, C): the sum over the disk; its row at distance k reaches from -heights[k] to heights[k].
KERNEL(256)
disk_sums(const int* __restrict__ sums, int* __restrict__ out, const int* __restrict__ heights, int height, int width,
          int channels, int radius, int reach) {
  const int e = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (e >= width * channels || y >= height) return;
  const int c = e / width, x = e - c * width, length = width + 2 * reach + 1;  // neighbours in x, as the sums lie
  const int* __restrict__ image = sums + (size_t)blockIdx.z * ((size_t)height * channels * length) + x + reach;
  int total = 0;
  for (int dy = -radius; dy <= radius; dy++) {
    const int w = __ldg(heights + (dy < 0 ? -dy : dy));
    const int* __restrict__ line = image + (size_t)(beyond(y + dy, height, REFLECT101) * channels + c) * length;
    total += __ldg(line + w + 1) - __ldg(line - w);
  }
  out[(size_t)blockIdx.z * (height * width * channels) + ((y * width + x) * channels + c)] = total;
}

// What neighbours in fours add, one four after the other, to `total`: at (y, x) the four (+-y, +-x), at (y, 0) the four
// (+-y, 0) and (0, +-y). Away from the edges an offset is the same for all places.
template <bool INSIDE, class T>
DEVICE float pulled(const T* __restrict__ image, int y, int x, int height, int width, int channels,
                    const int2* __restrict__ offsets, const float* __restrict__ weights, int count, float total) {
  const int row = width * channels;
  const T* __restrict__ here = image + (y * row + x * channels);
  const int centre = __ldg(here);
  for (int k = 0; k < count; k++) {
    const int2 move = __ldg(offsets + k);
    const bool corners = move.y > 0;
    const int far = corners ? move.y : move.x;
    int up = -move.x * row, low = move.x * row, left = -far * channels, right = far * channels;
    if (!INSIDE) {
      up = (beyond(y - move.x, height, REFLECT101) - y) * row, low = (beyond(y + move.x, height, REFLECT101) - y) * row;
      left = (beyond(x - far, width, REFLECT101) - x) * channels;
      right = (beyond(x + far, width, REFLECT101) - x) * channels;
    }
    const int change = corners ? __ldg(here + up + left) + __ldg(here + up + right) + __ldg(here + low + left) +
                                     __ldg(here + low + right)
                               : __ldg(here + up) + __ldg(here + low) + __ldg(here + left) + __ldg(here + right);
    total = total + __ldg(weights + k) * (float)(change - 4 * centre);
  }
  return total;
}

// The byte made of the sums over the disk and of neighbours; `reach` is how far they lie from the centre.
KERNEL(256)
soft_disk(const byte* __restrict__ src, const int* __restrict__ sums, byte* __restrict__ dst,
          const int2* __restrict__ soft_offsets, const float* __restrict__ soft_weights, int soft,
          const int2* __restrict__ offsets, const float* __restrict__ weights, int rest, int height, int width,
          int channels, int reach, int size, float surplus, float excess) {
  const int e = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (e >= width * channels || y >= height) return;
  const int x = e / channels, c = e - x * channels;
  const size_t image = (size_t)blockIdx.z * (height * width * channels), at = image + y * (width * channels) + e;
  float partial = 0.0f;
  if (y >= reach && y + reach < height && x >= reach && x + reach < width) {
    partial = pulled<true>(sums + image + c, y, x, height, width, channels, soft_offsets, soft_weights, soft, partial);
    partial = pulled<true>(src + image + c, y, x, height, width, channels, offsets, weights, rest, partial);
  } else {
    partial = pulled<false>(sums + image + c, y, x, height, width, channels, soft_offsets, soft_weights, soft, partial);
    partial = pulled<false>(src + image + c, y, x, height, width, channels, offsets, weights, rest, partial);
  }
  dst[at] = (byte)python::softened(__ldg(src + at), __ldg(sums + at), partial, size, surplus, excess);
}
