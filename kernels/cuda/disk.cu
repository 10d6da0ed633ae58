#include "common.cuh"
// The sum over a disk from running sums along the rows: two of them for each of its rows. Then a few weighted
// neighbours. Whole numbers, so the order of adding is free; a pixel a thread, whose channels share every address.

// sums (N, H, width + 2 reach + 1, C): entry i is the sum of the i pixels from -reach on, reflect-101.
KERNEL(128)
running_sums(const byte* __restrict__ src, int* __restrict__ sums, int height, int width, int reach) {
  const int line = blockIdx.x * 128 + threadIdx.x;
  if (line >= height * CHANNELS) return;
  const int y = line / CHANNELS, c = line - y * CHANNELS, length = width + 2 * reach + 1;
  const byte* __restrict__ row = src + ((size_t)blockIdx.y * height + y) * (width * CHANNELS) + c;
  int* __restrict__ out = sums + ((size_t)blockIdx.y * height + y) * (length * CHANNELS) + c;
  int total = 0;
  out[0] = 0;
  for (int i = 1; i < length; i++) {
    total += __ldg(row + beyond(i - 1 - reach, width, REFLECT101) * CHANNELS);
    out[i * CHANNELS] = total;
  }
}

// out (N, H, W, C): the sum over the disk; its row at distance k reaches from -heights[k] to heights[k].
KERNEL(256)
disk_sums(const int* __restrict__ sums, int* __restrict__ out, const int* __restrict__ heights, int height, int width,
          int radius, int reach) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  const int row = (width + 2 * reach + 1) * CHANNELS;
  const int* __restrict__ image = sums + (size_t)blockIdx.z * ((size_t)height * row) + (x + reach) * CHANNELS;
  const bool inside = y >= radius && y + radius < height;
  int total[CHANNELS] = {};
  for (int k = 0; k <= radius; k++) {
    const int w = __ldg(heights + k), begin = -w * CHANNELS, end = (w + 1) * CHANNELS;
    const int* __restrict__ up = image + (inside ? y - k : beyond(y - k, height, REFLECT101)) * row;
#pragma unroll
    for (int c = 0; c < CHANNELS; c++) total[c] += __ldg(up + end + c) - __ldg(up + begin + c);
    if (k == 0) continue;
    const int* __restrict__ low = image + (inside ? y + k : beyond(y + k, height, REFLECT101)) * row;
#pragma unroll
    for (int c = 0; c < CHANNELS; c++) total[c] += __ldg(low + end + c) - __ldg(low + begin + c);
  }
  int* __restrict__ at = out + (size_t)blockIdx.z * (height * width * CHANNELS) + (y * width + x) * CHANNELS;
#pragma unroll
  for (int c = 0; c < CHANNELS; c++) at[c] = total[c];
}

template <class T>
DEVICE void add_four(const T* __restrict__ a, const T* __restrict__ b, const T* __restrict__ d,
                     const T* __restrict__ e, const int (&less)[CHANNELS], int (&change)[CHANNELS]) {
#pragma unroll
  for (int c = 0; c < CHANNELS; c++)
    change[c] += (int)__ldg(a + c) + (int)__ldg(b + c) + (int)__ldg(d + c) + (int)__ldg(e + c) + less[c];
}

// What neighbours in fours add, one group of equal weight after the other, to `total`: at (y, x) the four (+-y, +-x), at
// (y, 0) the four (+-y, 0) and (0, +-y). Away from the edges an offset is the same for all places.
template <bool INSIDE, class T>
DEVICE void pull(const T* __restrict__ image, int y, int x, int height, int width, const int2* __restrict__ offsets,
                 const int* __restrict__ ends, const float* __restrict__ weights, int groups,
                 float (&total)[CHANNELS]) {
  const int row = width * CHANNELS;
  const T* __restrict__ here = image + (y * row + x * CHANNELS);
  int less[CHANNELS];
#pragma unroll
  for (int c = 0; c < CHANNELS; c++) less[c] = -4 * (int)__ldg(here + c);
  int k = 0;
#pragma unroll 1
  for (int g = 0; g < groups; g++) {
    const int end = __ldg(ends + g);
    int change[CHANNELS] = {};
#pragma unroll 1
    for (; k < end; k++) {
      const int2 move = __ldg(offsets + k);
      const bool corners = move.y > 0;
      const int far = corners ? move.y : move.x;
      int up = -move.x * row, low = -up, left = -far * CHANNELS, right = -left;
      if (!INSIDE) {
        up = (beyond(y - move.x, height, REFLECT101) - y) * row;
        low = (beyond(y + move.x, height, REFLECT101) - y) * row;
        left = (beyond(x - far, width, REFLECT101) - x) * CHANNELS;
        right = (beyond(x + far, width, REFLECT101) - x) * CHANNELS;
      }
      if (corners)
        add_four(here + (up + left), here + (up + right), here + (low + left), here + (low + right), less, change);
      else
        add_four(here + up, here + low, here + left, here + right, less, change);
    }
    const float weight = __ldg(weights + g);
#pragma unroll
    for (int c = 0; c < CHANNELS; c++) total[c] = total[c] + weight * (float)change[c];
  }
}

// The byte made of the sums over the disk and of neighbours; `reach` is how far they lie from the centre. Five blocks a
// multiprocessor leave it 48 registers: left to itself, ptxas 13.4 takes 40 of them on sm_90, and spills.
extern "C" __global__ void __launch_bounds__(256, 5)
soft_disk(const byte* __restrict__ src, const int* __restrict__ sums, byte* __restrict__ dst,
          const int2* __restrict__ soft_offsets, const int* __restrict__ soft_ends,
          const float* __restrict__ soft_weights, int soft, const int2* __restrict__ offsets,
          const int* __restrict__ ends, const float* __restrict__ weights, int rest, int height, int width, int reach,
          int size, float surplus, float excess) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  const size_t image = (size_t)blockIdx.z * (height * width * CHANNELS), at = image + (y * width + x) * CHANNELS;
  float partial[CHANNELS] = {};
  if (y >= reach && y + reach < height && x >= reach && x + reach < width) {
    pull<true>(sums + image, y, x, height, width, soft_offsets, soft_ends, soft_weights, soft, partial);
    pull<true>(src + image, y, x, height, width, offsets, ends, weights, rest, partial);
  } else {
    pull<false>(sums + image, y, x, height, width, soft_offsets, soft_ends, soft_weights, soft, partial);
    pull<false>(src + image, y, x, height, width, offsets, ends, weights, rest, partial);
  }
#pragma unroll
  for (int c = 0; c < CHANNELS; c++)
    dst[at + c] = (byte)python::softened(__ldg(src + at + c), __ldg(sums + at + c), partial[c], size, surplus, excess);
}
