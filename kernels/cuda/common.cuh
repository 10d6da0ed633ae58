// What every kernel may use. Offsets within an image are 32 bits wide; only an image's own address takes 64.
//
// Divide floats by __fdiv_rn, not by /: with -ftz=true, which CuPy sets, NVRTC 13.4 makes x / 7.0f a product with the
// rounded 1/7 where it compiles for compute capability 10.0 and newer.
typedef unsigned char byte;
typedef unsigned int word;

#define DEVICE [[maybe_unused]] static __device__ __forceinline__
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads)

// A float32 grey level clipped to 0..255 and truncated, as pixelwise.to_byte; 0 for what is no number.
DEVICE int to_byte(float value) { return (int)fminf(fmaxf(value, 0.0f), 255.0f); }

// Python's min and max: the first of two that compare as equal, and of two of which one is no number.
template <class T>
DEVICE T least(T a, T b) {
  return b < a ? b : a;
}
template <class T>
DEVICE T most(T a, T b) {
  return b > a ? b : a;
}
DEVICE long long magnitude(int a) { return a < 0 ? -(long long)a : (long long)a; }

// Python's // and %, with the sign of the divisor; 0 where it is 0, as NumPy has it.
template <class T, class A, class B>
DEVICE T floor_quotient(A a, B b) {
  if (b == 0) return 0;
  const T q = (T)a / (T)b;
  return ((T)a % (T)b != 0 && (((T)a % (T)b) < 0) != ((T)b < 0)) ? q - 1 : q;
}
template <class T, class A, class B>
DEVICE T floor_remainder(A a, B b) {
  if (b == 0) return 0;
  const T r = (T)a % (T)b;
  return (r != 0 && (r < 0) != ((T)b < 0)) ? r + (T)b : r;
}
DEVICE int from_the_end(int i, int length) { return i < 0 ? i + length : i; }

// Positions beyond the edge of a line: repeated, cba|abc|cba, cb|abc|ba.
enum { NEAREST, REFLECT, REFLECT101 };
DEVICE int clamped(int i, int length) { return min(max(i, 0), length - 1); }
DEVICE int fold(int i, int length) {
  const int r = floor_remainder<int>(i, 2 * length);
  return min(r, 2 * length - 1 - r);
}
DEVICE int fold101(int i, int length) {
  if (length == 1) return 0;
  const int r = floor_remainder<int>(i, 2 * length - 2);
  return min(r, 2 * length - 2 - r);
}
DEVICE int beyond(int i, int length, int border) {
  if (i >= 0 && i < length) return i;
  return border == NEAREST ? clamped(i, length) : border == REFLECT ? fold(i, length) : fold101(i, length);
}

// An array argument of translated Python; d0 to d3 are its shape.
template <class T>
struct Array {
  const T* data;
  int d0, d1, d2, d3;
  __device__ __forceinline__ auto at(int i) const { return +__ldg(data + i); }
  __device__ __forceinline__ auto at(int n, int y) const { return +__ldg(data + (size_t)n * d1 + y); }
  __device__ __forceinline__ auto at(int n, int y, int x) const {
    return +__ldg(data + (size_t)n * (size_t)(d1 * d2) + (y * d2 + x));
  }
  __device__ __forceinline__ auto at(int n, int y, int x, int c) const {
    return +__ldg(data + (size_t)n * (size_t)(d1 * d2 * d3) + ((y * d2 + x) * d3 + c));
  }
};
template <>
struct Array<bool> {  // __ldg knows no bool
  const bool* data;
  int d0, d1, d2, d3;
  __device__ __forceinline__ bool at(int i) const { return data[i]; }
  __device__ __forceinline__ bool at(int n, int y) const { return data[(size_t)n * d1 + y]; }
  __device__ __forceinline__ bool at(int n, int y, int x) const {
    return data[(size_t)n * (size_t)(d1 * d2) + (y * d2 + x)];
  }
  __device__ __forceinline__ bool at(int n, int y, int x, int c) const {
    return data[(size_t)n * (size_t)(d1 * d2 * d3) + ((y * d2 + x) * d3 + c)];
  }
};

// COUNT elements from `first` on, which is a multiple of 4: in words where the line's address and its end allow it,
// one by one elsewhere; what lies behind the end counts as 0 and is not written.
template <int COUNT>
DEVICE void load(const byte* __restrict__ line, int first, int size, int (&out)[COUNT]) {
  if (((size_t)line & 3) == 0 && first + COUNT <= size) {
#pragma unroll
    for (int k = 0; k < COUNT / 4; k++) {
      const word w = __ldg((const word*)(line + first) + k);
#pragma unroll
      for (int j = 0; j < 4; j++) out[4 * k + j] = (w >> (8 * j)) & 255;
    }
  } else {
#pragma unroll
    for (int k = 0; k < COUNT; k++) out[k] = first + k < size ? __ldg(line + first + k) : 0;
  }
}
template <int COUNT>
DEVICE void load(const float* __restrict__ line, int first, int size, float (&out)[COUNT]) {
  if (((size_t)line & 15) == 0 && first + COUNT <= size) {
#pragma unroll
    for (int k = 0; k < COUNT / 4; k++) {
      const float4 v = __ldg((const float4*)(line + first) + k);
      out[4 * k] = v.x, out[4 * k + 1] = v.y, out[4 * k + 2] = v.z, out[4 * k + 3] = v.w;
    }
  } else {
#pragma unroll
    for (int k = 0; k < COUNT; k++) out[k] = first + k < size ? __ldg(line + first + k) : 0.0f;
  }
}
template <class T, class U, int COUNT>
DEVICE void load(const T* __restrict__ line, int first, int size, U (&out)[COUNT]) {
#pragma unroll
  for (int k = 0; k < COUNT; k++) out[k] = first + k < size ? line[first + k] : (T)0;
}
DEVICE word packed(int a, int b, int c, int d) {  // four bytes; the upper bits of each must not be read
  return __byte_perm(__byte_perm(a, b, 0x0040), __byte_perm(c, d, 0x0040), 0x5410);
}
template <int COUNT>
DEVICE void store(byte* __restrict__ line, int first, int size, const int (&values)[COUNT]) {
  if (((size_t)line & 3) == 0 && first + COUNT <= size) {
#pragma unroll
    for (int k = 0; k < COUNT / 4; k++)
      ((word*)(line + first))[k] = packed(values[4 * k], values[4 * k + 1], values[4 * k + 2], values[4 * k + 3]);
  } else {
#pragma unroll
    for (int k = 0; k < COUNT; k++)
      if (first + k < size) line[first + k] = (byte)values[k];
  }
}
template <int COUNT>
DEVICE void store(float* __restrict__ line, int first, int size, const float (&values)[COUNT]) {
  if (((size_t)line & 15) == 0 && first + COUNT <= size) {
#pragma unroll
    for (int k = 0; k < COUNT / 4; k++)
      ((float4*)(line + first))[k] =
          make_float4(values[4 * k], values[4 * k + 1], values[4 * k + 2], values[4 * k + 3]);
  } else {
#pragma unroll
    for (int k = 0; k < COUNT; k++)
      if (first + k < size) line[first + k] = values[k];
  }
}
