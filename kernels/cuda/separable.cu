#include "common.cuh"
// Symmetric filters along the two axes: `half` holds the weights at distance 0 to radius. A pixel a thread along the
// rows, an element a thread down the columns; blockIdx.z is the image. From type FROM to type TO, by way of float32.

DEVICE void put(float* __restrict__ to, float value) { *to = value; }
DEVICE void put(byte* __restrict__ to, float value) { *to = (byte)to_byte(value); }

KERNEL(256)
along_rows(const FROM* __restrict__ src, float* __restrict__ out, const float* __restrict__ half, int height, int width,
           int radius, int border) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  const size_t line = ((size_t)blockIdx.z * height + y) * (width * CHANNELS);
  const FROM* __restrict__ row = src + line;
  const bool inside = x >= radius && x + radius < width;
  float centre[CHANNELS], total[CHANNELS];
#pragma unroll
  for (int c = 0; c < CHANNELS; c++) centre[c] = (float)__ldg(row + x * CHANNELS + c), total[c] = 0.0f;
  for (int k = 1; k <= radius; k++) {
    const float weight = __ldg(half + k);
    const int a = CHANNELS * (inside ? x - k : beyond(x - k, width, border));
    const int b = CHANNELS * (inside ? x + k : beyond(x + k, width, border));
#pragma unroll
    for (int c = 0; c < CHANNELS; c++)
      total[c] = total[c] + python::pull(weight, (float)__ldg(row + a + c), (float)__ldg(row + b + c), centre[c]);
  }
#pragma unroll
  for (int c = 0; c < CHANNELS; c++) out[line + x * CHANNELS + c] = total[c] + centre[c];
}

// width: elements of a row, channels included.
KERNEL(256)
down_columns(const float* __restrict__ src, TO* __restrict__ out, const float* __restrict__ half, int height, int width,
             int radius, int border) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  const size_t image = (size_t)blockIdx.z * (height * width);
  const float* __restrict__ column = src + image + x;
  const bool inside = y >= radius && y + radius < height;
  const float centre = __ldg(column + y * width);
  float total = 0.0f;
  for (int k = 1; k <= radius; k++) {
    const int a = inside ? y - k : beyond(y - k, height, border);
    const int b = inside ? y + k : beyond(y + k, height, border);
    total = total + python::pull(__ldg(half + k), __ldg(column + a * width), __ldg(column + b * width), centre);
  }
  put(out + image + (y * width + x), total + centre);
}

// Radius 1 in one step, its sums in integers.
KERNEL(256)
three_by_three(const byte* __restrict__ src, byte* __restrict__ dst, int height, int width, float side, float corner,
               int border) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  const int row = width * CHANNELS, at = x * CHANNELS;
  const size_t image = (size_t)blockIdx.z * (height * row);
  const byte* __restrict__ mid = src + image + y * row;
  const byte* __restrict__ up = src + image + beyond(y - 1, height, border) * row;
  const byte* __restrict__ low = src + image + beyond(y + 1, height, border) * row;
  const int a = beyond(x - 1, width, border) * CHANNELS, b = beyond(x + 1, width, border) * CHANNELS;
#pragma unroll
  for (int c = 0; c < CHANNELS; c++) {
    const int centre = __ldg(mid + at + c);
    const int sides = __ldg(up + at + c) + __ldg(low + at + c) + __ldg(mid + a + c) + __ldg(mid + b + c) - 4 * centre;
    const int corners = __ldg(up + a + c) + __ldg(up + b + c) + __ldg(low + a + c) + __ldg(low + b + c) - 4 * centre;
    dst[image + y * row + at + c] = (byte)python::shifted(centre, sides, corners, side, corner);
  }
}
