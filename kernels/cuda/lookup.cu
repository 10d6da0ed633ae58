#include "common.cuh"
// What becomes of a pixel by a table: four pixels a thread, in words. `pixels` are those of an image, blockIdx.y its
// number.
#define QUAD(pixels)                                      \
  const int first = 4 * (blockIdx.x * 256 + threadIdx.x); \
  if (first >= pixels) return;                            \
  const size_t image = (size_t)blockIdx.y * pixels

// tables (N, CHANNELS, 256): a curve for each channel of each image.
KERNEL(256)
by_channel(const byte* __restrict__ src, byte* __restrict__ dst, const byte* __restrict__ tables, int pixels) {
  QUAD(pixels);
  int v[4 * CHANNELS];
  load(src + image * CHANNELS, CHANNELS * first, CHANNELS * pixels, v);
  tables += (size_t)blockIdx.y * (CHANNELS * 256);
#pragma unroll
  for (int k = 0; k < 4 * CHANNELS; k++) v[k] = __ldg(tables + (k % CHANNELS * 256 + v[k]));
  store(dst + image * CHANNELS, CHANNELS * first, CHANNELS * pixels, v);
}

// table (256, 256): entry [largest channel, channel].
KERNEL(256)
by_largest(const byte* __restrict__ src, byte* __restrict__ dst, const byte* __restrict__ table, int pixels) {
  QUAD(pixels);
  int v[12];
  load(src + image * 3, 3 * first, 3 * pixels, v);
#pragma unroll
  for (int k = 0; k < 12; k += 3) {
    const byte* __restrict__ row = table + 256 * max(v[k], max(v[k + 1], v[k + 2]));
    v[k] = __ldg(row + v[k]), v[k + 1] = __ldg(row + v[k + 1]), v[k + 2] = __ldg(row + v[k + 2]);
  }
  store(dst + image * 3, 3 * first, 3 * pixels, v);
}

// table (256, 256): entry [image, texture]; image n's texture pixel (y, x) is at atlas[start[n] + y stride[n] + 3 x].
KERNEL(256)
with_texture(const byte* __restrict__ src, byte* __restrict__ dst, const byte* __restrict__ table,
             const byte* __restrict__ atlas, const long long* __restrict__ start, const long long* __restrict__ stride,
             int pixels, int width) {
  QUAD(pixels);
  const int step = (int)__ldg(stride + blockIdx.y);
  const byte* __restrict__ texture = atlas + __ldg(start + blockIdx.y);
  int y = first / width, x = first - y * width, v[12];
  load(src + image * 3, 3 * first, 3 * pixels, v);
#pragma unroll
  for (int k = 0; k < 4; k++) {
    if (first + k < pixels) {
      const byte* __restrict__ t = texture + ((size_t)y * step + 3 * x);
#pragma unroll
      for (int c = 0; c < 3; c++) v[3 * k + c] = __ldg(table + (256 * v[3 * k + c] + __ldg(t + c)));
    }
    if (++x == width) x = 0, y++;
  }
  store(dst + image * 3, 3 * first, 3 * pixels, v);
}

KERNEL(256) luma(const byte* __restrict__ src, byte* __restrict__ dst, int pixels) {
  QUAD(pixels);
  int v[12], out[4];
  load(src + image * 3, 3 * first, 3 * pixels, v);
#pragma unroll
  for (int k = 0; k < 4; k++) out[k] = python::luma_level(v[3 * k], v[3 * k + 1], v[3 * k + 2]);
  store(dst + image, first, pixels, out);
}

// Grey levels in float32 as bytes; the four elements from 4 times the thread's number on, of `size` in all.
KERNEL(256) truncated(const float* __restrict__ src, byte* __restrict__ dst, int size, float lift, float gain) {
  QUAD(size);
  float v[4];
  int out[4];
  load(src + image, first, size, v);
#pragma unroll
  for (int k = 0; k < 4; k++) out[k] = to_byte(gain * v[k] + lift);
  store(dst + image, first, size, out);
}

// curves (N, C, 256): a channel's levels moved away from its mean; sums (N, C).
KERNEL(256) contrast_curve(const long long* __restrict__ sums, byte* __restrict__ curves, int count, float factor) {
  const int level = threadIdx.x;
  curves[(size_t)blockIdx.x * 256 + level] = (byte)python::contrasted(level, __ldg(sums + blockIdx.x), count, factor);
}
