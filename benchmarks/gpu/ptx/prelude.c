#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif
typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;
typedef uint8_t b8;
typedef uint16_t b16;
typedef uint32_t b32;
typedef uint64_t b64;
typedef float f32;
typedef unsigned __int128 u128;
typedef __int128 s128;

/* Registers hold bits; floats are looked at as such where an instruction does. */
static inline f32 F(u32 bits) {
  f32 value;
  memcpy(&value, &bits, 4);
  return value;
}
static inline u32 B(f32 value) {
  u32 bits;
  memcpy(&bits, &value, 4);
  return bits;
}
static inline f32 fmax_(f32 a, f32 b) {
  if (a != a) return b;
  if (b != b) return a;
  if (a == b) return signbit(a) ? b : a;
  return a > b ? a : b;
}
static inline f32 fmin_(f32 a, f32 b) {
  if (a != a) return b;
  if (b != b) return a;
  if (a == b) return signbit(a) ? a : b;
  return a < b ? a : b;
}
static inline f32 sat_(f32 a) { return a > 0.0f ? (a < 1.0f ? a : 1.0f) : 0.0f; }
/* From a float, rounded already, to an integer: clamped to its range, 0 for what is no number. */
#define TO_INT(type, low, high)          \
  static inline type to_##type(f32 v) {  \
    if (v != v) return 0;                \
    if (v <= (f32)(low)) return (low);   \
    if (v >= (f32)(high)) return (high); \
    return (type)v;                      \
  }
TO_INT(s8, -128, 127)
TO_INT(u8, 0, 255)
TO_INT(s16, -32768, 32767) TO_INT(u16, 0, 65535) TO_INT(s32, INT32_MIN, INT32_MAX) TO_INT(u32, 0, UINT32_MAX)
    TO_INT(s64, INT64_MIN, INT64_MAX) TO_INT(u64, 0, UINT64_MAX) static inline s64 clamp_(s64 v, s64 low, s64 high) {
  return v < low ? low : v > high ? high : v;
}
static inline u32 prmt_(u32 a, u32 b, u32 choice) {
  u64 both = ((u64)b << 32) | a;
  u32 r = 0;
  for (int i = 0; i < 4; i++) {
    u32 s = (choice >> (4 * i)) & 15;
    u8 v = (both >> (8 * (s & 7))) & 255;
    if (s & 8) v = (v & 128) ? 255 : 0;
    r |= (u32)v << (8 * i);
  }
  return r;
}
static inline u32 lop3_(u32 a, u32 b, u32 c, u32 table) {
  u32 r = 0;
  for (int i = 0; i < 8; i++)
    if ((table >> i) & 1) r |= ((i & 4) ? a : ~a) & ((i & 2) ? b : ~b) & ((i & 1) ? c : ~c);
  return r;
}
static inline u32 bfe_u32(u32 a, u32 at, u32 n) {
  at &= 255;
  n &= 255;
  if (at > 31 || !n) return 0;
  a >>= at;
  return n > 31 ? a : a & ((1u << n) - 1);
}
static inline u32 bfe_s32(u32 a, u32 at, u32 n) {
  at &= 255;
  n &= 255;
  if (!n) return 0;
  u32 top = at + n - 1 > 31 ? 31 : at + n - 1, sign = (a >> top) & 1, r = 0;
  for (u32 i = 0; i < 32; i++) r |= (i < n && at + i < 32 ? (a >> (at + i)) & 1 : sign) << i;
  return r;
}
static inline u32 bfi_(u32 a, u32 b, u32 at, u32 n) {
  at &= 255;
  n &= 255;
  if (at > 31 || !n) return b;
  u32 mask = (n > 31 ? ~0u : ((1u << n) - 1)) << at;
  return (b & ~mask) | ((a << at) & mask);
}
static inline u32 funnel_left(u32 a, u32 b, u32 n, int wrap) {
  u32 s = wrap ? n & 31 : (n > 32 ? 32 : n);
  return (u32)(((((u64)b << 32) | a) << s) >> 32);
}
static inline u32 funnel_right(u32 a, u32 b, u32 n, int wrap) {
  u32 s = wrap ? n & 31 : (n > 32 ? 32 : n);
  return (u32)((((u64)b << 32) | a) >> s);
}
static inline u32 dp4a_(u32 a, u32 b, u32 c, int sa, int sb) {
  for (int i = 0; i < 4; i++) {
    s32 x = (a >> (8 * i)) & 255, y = (b >> (8 * i)) & 255;
    if (sa) x = (s8)x;
    if (sb) y = (s8)y;
    c += (u32)(x * y);
  }
  return c;
}
static inline u32 dp2a_(u32 a, u32 b, u32 c, int sa, int sb, int high) {
  for (int i = 0; i < 2; i++) {
    s32 x = (a >> (16 * i)) & 65535, y = (b >> (8 * (i + (high ? 2 : 0)))) & 255;
    if (sa) x = (s16)x;
    if (sb) y = (s8)y;
    c += (u32)(x * y);
  }
  return c;
}
static inline u32 brev_(u32 a) {
  u32 r = 0;
  for (int i = 0; i < 32; i++) r |= ((a >> i) & 1) << (31 - i);
  return r;
}

/* Memory that a launch may touch, and what went wrong. */
#define RANGES 32
typedef struct {
  u64 low, size;
} Range;
static Range range[RANGES];
static int ranges, last;
static jmp_buf failed;
static struct {
  s32 code;
  u32 size;
  u64 address;
  s32 block[3], thread[3];
} fault;
static u32 CX, CY, CZ, TX, TY, TZ, NX, NY, NZ, GX, GY, GZ;
enum { FINE, MISALIGNED, OUTSIDE, SHARED_OUTSIDE, DIVERGED, NOT_ALL_LANES };
static void fail(int code, u64 address, u32 size) {
  fault.code = code;
  fault.size = size;
  fault.address = address;
  fault.block[0] = CX;
  fault.block[1] = CY;
  fault.block[2] = CZ;
  fault.thread[0] = TX;
  fault.thread[1] = TY;
  fault.thread[2] = TZ;
  longjmp(failed, 1);
}
static inline u8* G(u64 address, u32 size) {
  if (address & (size - 1)) fail(MISALIGNED, address, size);
  if (__builtin_expect(address - range[last].low > range[last].size - size || range[last].size < size, 0)) {
    int i = 0;
    while (i < ranges && (range[i].size < size || address - range[i].low > range[i].size - size)) i++;
    if (i == ranges) fail(OUTSIDE, address, size);
    last = i;
  }
  return (u8*)address;
}
