#include "common.cuh"
// Pixels between others: OpenCV's affine warp in steps of 1/32 pixel, and sampling along a displacement field. A pixel
// a thread; three channels.
DEVICE void put(float* to, float value) { *to = value; }
DEVICE void put(byte* to, float value) { *to = (byte)to_byte(value); }

template <class T, class U>
DEVICE void sampled(const T* __restrict__ image, U* __restrict__ to, int width, int y0, int y1, int x0, int x1,
                    float fy, float fx) {
  const T* __restrict__ upper = image + y0 * (width * 3);
  const T* __restrict__ lower = image + y1 * (width * 3);
#pragma unroll
  for (int c = 0; c < 3; c++)
    put(to + c, python::bilinear((float)__ldg(upper + 3 * x0 + c), (float)__ldg(upper + 3 * x1 + c),
                                 (float)__ldg(lower + 3 * x0 + c), (float)__ldg(lower + 3 * x1 + c), fy, fx));
}

// Beyond the edge all four positions are folded, as the CPU's `warp_taps` and `displaced_taps` do.
DEVICE bool outside(int y0, int x0, int height, int width) {
  return x0 < 0 || y0 < 0 || x0 + 1 >= width || y0 + 1 >= height;
}

KERNEL(256)
warped(const byte* __restrict__ src, float* __restrict__ out, const long long* __restrict__ matrices, int height,
       int width) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  const Array<long long> m{matrices, (int)gridDim.z, 2, 3};
  const int n = blockIdx.z;
  const long long cx = (python::row_part(m, n, 0, y) + python::column_part(m, n, 0, x)) >> 5;
  const long long cy = (python::row_part(m, n, 1, y) + python::column_part(m, n, 1, x)) >> 5;
  const float fx = (float)(int)(cx & 31) * 0.03125f, fy = (float)(int)(cy & 31) * 0.03125f;
  int x0 = (int)(cx >> 5), y0 = (int)(cy >> 5), x1 = x0 + 1, y1 = y0 + 1;
  if (outside(y0, x0, height, width))
    x0 = fold101(x0, width), x1 = fold101(x1, width), y0 = fold101(y0, height), y1 = fold101(y1, height);
  const size_t image = (size_t)n * (height * width * 3);
  sampled(src + image, out + image + (y * width + x) * 3, width, y0, y1, x0, x1, fy, fx);
}

// field (N, 2, H, W): dx, then dy, in units of alpha pixels.
KERNEL(256)
displaced(const float* __restrict__ src, byte* __restrict__ dst, const float* __restrict__ field, int height,
          int width, float alpha) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  field += (size_t)blockIdx.z * (2 * height * width) + (y * width + x);
  const float dy = alpha * __ldg(field + height * width), dx = alpha * __ldg(field);
  const float floor_x = floorf(dx), floor_y = floorf(dy), fx = dx - floor_x, fy = dy - floor_y;
  int x0 = x + (int)floor_x, y0 = y + (int)floor_y, x1 = x0 + 1, y1 = y0 + 1;
  if (outside(y0, x0, height, width))
    x0 = fold(x0, width), x1 = fold(x1, width), y0 = fold(y0, height), y1 = fold(y1, height);
  const size_t image = (size_t)blockIdx.z * (height * width * 3);
  sampled(src + image, dst + image + (y * width + x) * 3, width, y0, y1, x0, x1, fy, fx);
}
