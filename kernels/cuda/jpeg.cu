#include "common.cuh"
// JPEG without its entropy coding: colours to planes, the transform and its inverse on blocks of 8 x 8, and back.
//
// The planes of an image lie behind each other in `planes`: luma, 16 down x 16 across, then blue and red, 8 down x 8
// across each, which count as one plane of twice the height. A greyscale image has luma alone, in whole blocks.

// r, g, b of the nearest pixel of the image.
struct Colour {
  int r, g, b;
};
DEVICE Colour colour_at(const byte* __restrict__ image, int y, int x, int height, int width) {
  const byte* __restrict__ p = image + (min(y, height - 1) * width + min(x, width - 1)) * 3;
  return {__ldg(p), __ldg(p + 1), __ldg(p + 2)};
}
DEVICE int luma_at(Colour c) { return python::luma_of(c.r, c.g, c.b); }

// Two by two pixels to luma and one value of each chroma; planes are padded to whole blocks by repetition.
KERNEL(256)
to_planes(const byte* __restrict__ src, byte* __restrict__ planes, int height, int width, int down, int across) {
  const int i = blockIdx.x * 32 + threadIdx.x, j = blockIdx.y * 8 + threadIdx.y;
  if (i >= 8 * across || j >= 8 * down) return;
  const byte* __restrict__ image = src + (size_t)blockIdx.z * (height * width * 3);
  byte* __restrict__ luma = planes + (size_t)blockIdx.z * (384 * down * across);
  byte* __restrict__ chroma = luma + 256 * down * across;
  const int y = 2 * j, x = 2 * i, row = 16 * across;
  Colour p = colour_at(image, y, x, height, width), q = colour_at(image, y, x + 1, height, width);
  Colour r = colour_at(image, y + 1, x, height, width), s = colour_at(image, y + 1, x + 1, height, width);
  *(unsigned short*)(luma + y * row + x) = (unsigned short)(luma_at(p) | luma_at(q) << 8);
  *(unsigned short*)(luma + (y + 1) * row + x) = (unsigned short)(luma_at(r) | luma_at(s) << 8);
  const int top = 2 * min(j, (height + 1) / 2 - 1);
  if (top != y) {  // below the image chroma repeats its own last row, not the mean of repeated pixels
    p = colour_at(image, top, x, height, width), q = colour_at(image, top, x + 1, height, width);
    r = colour_at(image, top + 1, x, height, width), s = colour_at(image, top + 1, x + 1, height, width);
  }
  const int at = j * 8 * across + i;
  chroma[at] = (byte)python::halved(python::blue_of(p.r, p.g, p.b), python::blue_of(q.r, q.g, q.b),
                                    python::blue_of(r.r, r.g, r.b), python::blue_of(s.r, s.g, s.b), i);
  chroma[at + 64 * down * across] =
      (byte)python::halved(python::red_of(p.r, p.g, p.b), python::red_of(q.r, q.g, q.b), python::red_of(r.r, r.g, r.b),
                           python::red_of(s.r, s.g, s.b), i);
}

KERNEL(256)
grey_plane(const byte* __restrict__ src, byte* __restrict__ planes, int height, int width, int down, int across) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= 8 * across || y >= 8 * down) return;
  planes[(size_t)blockIdx.z * (64 * down * across) + y * 8 * across + x] =
      __ldg(src + (size_t)blockIdx.z * (height * width) + min(y, height - 1) * width + min(x, width - 1));
}

// The transform of 32 blocks, each by eight lanes: a lane takes a row, then a column to the coefficients, through the
// quantiser and back, then a row again. The first `count` blocks are luma, `across` of them a row; the others chroma.
// Lines of nine numbers keep the lanes of a warp in different banks.
#define STEPS(table, k) __ldg(table + (k)), __ldg(table + 64 + (k)), __ldg(table + 128 + (k))
KERNEL(256)
transformed(byte* planes, const float* __restrict__ luminance, const float* __restrict__ chrominance, int blocks,
            int count, int across, int chroma_across, int stride) {
  __shared__ int work[32][8][9];
  const int block = threadIdx.x >> 3, lane = threadIdx.x & 7, number = blockIdx.x * 32 + block;
  const bool exists = number < blocks, chroma = number >= count;
  byte* at = planes;
  if (exists) {
    const int k = chroma ? number - count : number, side = chroma ? chroma_across : across, top = k / side;
    at +=
        (size_t)blockIdx.y * stride + (chroma ? 64 * count : 0) + (8 * top + lane) * (8 * side) + 8 * (k - top * side);
    const uint2 bytes = *(const uint2*)at;
    int d[8];
#pragma unroll
    for (int x = 0; x < 8; x++) d[x] = (int)(((x < 4 ? bytes.x : bytes.y) >> (8 * (x & 3))) & 255) - 128;
    const auto o = python::forward8(d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], 2, 11);
    int* to = work[block][lane];
    to[0] = o._0, to[1] = o._1, to[2] = o._2, to[3] = o._3, to[4] = o._4, to[5] = o._5, to[6] = o._6, to[7] = o._7;
  }
  __syncthreads();
  if (exists) {
    int (*w)[9] = work[block];
    const float* __restrict__ table = (chroma ? chrominance : luminance) + lane;
    const auto o = python::forward8(w[0][lane], w[1][lane], w[2][lane], w[3][lane], w[4][lane], w[5][lane], w[6][lane],
                                    w[7][lane], -2, 15);
    const auto c =
        python::inverse8(python::requantised(o._0, STEPS(table, 0)), python::requantised(o._1, STEPS(table, 8)),
                         python::requantised(o._2, STEPS(table, 16)), python::requantised(o._3, STEPS(table, 24)),
                         python::requantised(o._4, STEPS(table, 32)), python::requantised(o._5, STEPS(table, 40)),
                         python::requantised(o._6, STEPS(table, 48)), python::requantised(o._7, STEPS(table, 56)), 11);
    w[0][lane] = c._0, w[1][lane] = c._1, w[2][lane] = c._2, w[3][lane] = c._3;
    w[4][lane] = c._4, w[5][lane] = c._5, w[6][lane] = c._6, w[7][lane] = c._7;
  }
  __syncthreads();
  if (exists) {
    const int* w = work[block][lane];
    const auto o = python::inverse8(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], 18);
    uint2 bytes;
    bytes.x = packed(python::clipped(o._0 + 128), python::clipped(o._1 + 128), python::clipped(o._2 + 128),
                     python::clipped(o._3 + 128));
    bytes.y = packed(python::clipped(o._4 + 128), python::clipped(o._5 + 128), python::clipped(o._6 + 128),
                     python::clipped(o._7 + 128));
    *(uint2*)at = bytes;
  }
}

// A chroma plane of rows x columns at the full-size place (y, x): weights 3 and 1 along each axis; doubled where up to
// 2 wide. `line` is the plane's width in memory.
DEVICE int upsampled(const byte* __restrict__ chroma, int y, int x, int rows, int columns, int line) {
  const int j = y >> 1, i = x >> 1;
  if (columns <= 2) return __ldg(chroma + j * line + i);
  const byte* __restrict__ near = chroma + j * line;
  const byte* __restrict__ far = chroma + clamped(j + (y & 1 ? 1 : -1), rows) * line;
  const int side = clamped(i + (x & 1 ? 1 : -1), columns);
  const int here = 3 * __ldg(near + i) + __ldg(far + i), beside = 3 * __ldg(near + side) + __ldg(far + side);
  return (3 * here + beside + (x & 1 ? 7 : 8)) >> 4;
}

KERNEL(256)
from_planes(const byte* __restrict__ planes, byte* __restrict__ dst, int height, int width, int down, int across) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  const byte* __restrict__ luma = planes + (size_t)blockIdx.z * (384 * down * across);
  const byte* __restrict__ blue = luma + 256 * down * across;
  const byte* __restrict__ red = blue + 64 * down * across;
  const int rows = (height + 1) / 2, columns = (width + 1) / 2;
  const int b = upsampled(blue, y, x, rows, columns, 8 * across), r = upsampled(red, y, x, rows, columns, 8 * across);
  const auto made = python::rgb_of(__ldg(luma + y * 16 * across + x), b, r);
  byte* __restrict__ to = dst + (size_t)blockIdx.z * (height * width * 3) + (y * width + x) * 3;
  to[0] = (byte)made._0, to[1] = (byte)made._1, to[2] = (byte)made._2;
}

KERNEL(256)
from_grey(const byte* __restrict__ planes, byte* __restrict__ dst, int height, int width, int down, int across) {
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x >= width || y >= height) return;
  dst[(size_t)blockIdx.z * (height * width) + y * width + x] =
      __ldg(planes + (size_t)blockIdx.z * (64 * down * across) + y * 8 * across + x);
}
