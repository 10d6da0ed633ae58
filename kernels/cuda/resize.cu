#include "common.cuh"
// Pillow's resize: a pass along each axis in 22-bit fixed point, rounded to bytes between them. An element a thread.
#define PLACE_OF                                                                 \
  const int e = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y; \
  if (e >= new_width * channels || y >= new_height) return
#define HALF (1 << 21)

KERNEL(256)
resized_across(const byte* __restrict__ src, byte* __restrict__ dst, const int* __restrict__ first,
               const int* __restrict__ taps, const int* __restrict__ weights, int width, int new_height, int new_width,
               int channels, int most) {
  PLACE_OF;
  const int x = e / channels, c = e - x * channels, count = __ldg(taps + x);
  const byte* __restrict__ row = src + ((size_t)blockIdx.z * new_height + y) * (width * channels) + c;
  const byte* __restrict__ from = row + __ldg(first + x) * channels;
  int total = HALF;
  for (int k = 0; k < count; k++) total += __ldg(from + k * channels) * __ldg(weights + x * most + k);
  dst[((size_t)blockIdx.z * new_height + y) * (new_width * channels) + e] = (byte)python::rounded(total);
}

// src (N, height, new_width, channels).
KERNEL(256)
resized_down(const byte* __restrict__ src, byte* __restrict__ dst, const int* __restrict__ first,
             const int* __restrict__ taps, const int* __restrict__ weights, int height, int new_height, int new_width,
             int channels, int most) {
  PLACE_OF;
  const int row = new_width * channels, count = __ldg(taps + y);
  const byte* __restrict__ from = src + ((size_t)blockIdx.z * height + __ldg(first + y)) * row + e;
  int total = HALF;
  for (int k = 0; k < count; k++) total += __ldg(from + k * row) * __ldg(weights + y * most + k);
  dst[((size_t)blockIdx.z * new_height + y) * row + e] = (byte)python::rounded(total);
}

// Where each axis takes one element for each of its results.
KERNEL(256)
repeated(const byte* __restrict__ src, byte* __restrict__ dst, const int* __restrict__ rows,
         const int* __restrict__ columns, int height, int width, int new_height, int new_width, int channels) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= new_width || y >= new_height) return;
  const byte* __restrict__ from = src + (size_t)blockIdx.z * (height * width * channels) +
                                  (__ldg(rows + y) * width + __ldg(columns + x)) * channels;
  byte* __restrict__ to = dst + ((size_t)blockIdx.z * new_height + y) * (new_width * channels) + x * channels;
  for (int c = 0; c < channels; c++) to[c] = __ldg(from + c);
}
