#include "common.cuh"
// Canny's edges and the distance to them.
#define PLACE_OF                                                                 \
  const int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y; \
  if (x >= width || y >= height) return

// Sobel's differences with edge values repeated.
KERNEL(256) sobel(const byte* __restrict__ src, short2* __restrict__ gradient, int height, int width) {
  PLACE_OF;
  const byte* __restrict__ image = src + (size_t)blockIdx.z * (height * width);
  const int up = max(y - 1, 0) * width, mid = y * width, low = min(y + 1, height - 1) * width;
  const int a = max(x - 1, 0), b = min(x + 1, width - 1);
  const int ua = __ldg(image + up + a), ux = __ldg(image + up + x), ub = __ldg(image + up + b);
  const int ma = __ldg(image + mid + a), mb = __ldg(image + mid + b);
  const int la = __ldg(image + low + a), lx = __ldg(image + low + x), lb = __ldg(image + low + b);
  gradient[(size_t)blockIdx.z * (height * width) + mid + x] =
      make_short2((short)python::sobel_x(ua, ub, ma, mb, la, lb), (short)python::sobel_x(ua, la, ux, lx, ub, lb));
}

// The gradient's L1 size, 0 outside of the image.
DEVICE int size_at(const short2* __restrict__ gradient, int y, int x, int height, int width) {
  if (y < 0 || x < 0 || y >= height || x >= width) return 0;
  const short2 g = __ldg(gradient + y * width + x);
  return abs((int)g.x) + abs((int)g.y);
}

// Marks what is largest across its edge: 2 above `high`, 1 above `low`.
KERNEL(256)
peaks(const short2* __restrict__ gradient, byte* __restrict__ marks, int height, int width, int low, int high) {
  PLACE_OF;
  gradient += (size_t)blockIdx.z * (height * width);
  const short2 g = __ldg(gradient + y * width + x);
  const int size = abs((int)g.x) + abs((int)g.y);
  int mark = 0;
  if (size > low) {
    const int way = python::across((int)g.x, (int)g.y);
    const int dy = way == 0 ? 0 : 1, dx = way == 0 ? 1 : way == 1 ? 0 : way == 2 ? -1 : 1;
    const int before = size_at(gradient, y - dy, x - dx, height, width),
              after = size_at(gradient, y + dy, x + dx, height, width);
    if (size > before && (way < 2 ? size >= after : size > after)) mark = size > high ? 2 : 1;
  }
  marks[(size_t)blockIdx.z * (height * width) + y * width + x] = (byte)mark;
}

// Weak marks that touch a strong one become strong, until none does; a block an image. Marks only ever rise, so the end
// does not depend on the order. Then dst is true where they are strong.
KERNEL(512) connect(byte* marks, bool* __restrict__ dst, int height, int width) {
  volatile byte* own = marks + (size_t)blockIdx.x * (height * width);
  int again;
  do {
    int changed = 0;
    for (int cell = threadIdx.x; cell < height * width; cell += 512) {
      if (own[cell] != 1) continue;
      const int y = cell / width, x = cell - y * width;
      bool strong = false;
      for (int v = max(y - 1, 0); v < min(y + 2, height); v++)
        for (int u = max(x - 1, 0); u < min(x + 2, width); u++) strong = strong || own[v * width + u] == 2;
      if (strong) own[cell] = 2, changed = 1;
    }
    again = __syncthreads_or(changed);
  } while (again);
  for (int cell = threadIdx.x; cell < height * width; cell += 512)
    dst[(size_t)blockIdx.x * (height * width) + cell] = own[cell] == 2;
}

// dst (N, H, W): the 5 x 5 chamfer distance to the nearest edge, at most `limit`; field (N, H + 4, W + 4) is scratch.
// A block an image. In a raster sweep a place needs its row's neighbour before it and places up to two columns ahead in
// the rows before: places with equal x + 3 y can be set together.
#define FAR 1e30f
KERNEL(256)
chamfer(const bool* __restrict__ edges, float* __restrict__ dst, float* field, int height, int width, float limit) {
  const int across = width + 4, cells = across * (height + 4);
  edges += (size_t)blockIdx.x * (height * width), dst += (size_t)blockIdx.x * (height * width);
  field += (size_t)blockIdx.x * cells;
  for (int cell = threadIdx.x; cell < cells; cell += 256) {
    const int y = cell / across - 2, x = cell - (y + 2) * across - 2;
    field[cell] = y >= 0 && y < height && x >= 0 && x < width && edges[y * width + x] ? 0.0f : FAR;
  }
  __syncthreads();
  for (int way = 1; way >= -1; way -= 2) {
    for (int s = 0; s < width + 3 * (height - 1); s++) {
      for (int y = threadIdx.x; y < height; y += 256) {
        const int x = s - 3 * y;
        if (x < 0 || x >= width) continue;
        const int r = way > 0 ? y + 2 : height + 1 - y, c = way > 0 ? x + 2 : width + 1 - x;
        float* here = field + r * across + c;
        const float* one = here - way * across;
        const float* two = one - way * across;
        const float knight = least(least(two[-1], two[1]), least(one[-2], one[2]));
        *here = python::nearer(*here, knight, least(one[-1], one[1]), least(one[0], here[-way]));
      }
      __syncthreads();
    }
  }
  for (int cell = threadIdx.x; cell < height * width; cell += 256) {
    const int y = cell / width, x = cell - y * width;
    dst[cell] = least(field[(y + 2) * across + x + 2], limit);
  }
}
