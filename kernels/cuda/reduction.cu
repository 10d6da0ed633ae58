#include "common.cuh"
// A few numbers for each image: a block an image, whose threads gather in registers and meet in shared memory. Sums are
// whole numbers and extremes do not depend on the order, so atomics change no bit.

// out (N, CHANNELS): the sum of each channel.
KERNEL(512) channel_sums(const byte* __restrict__ src, unsigned long long* __restrict__ out, int pixels) {
  __shared__ unsigned long long total[CHANNELS];
  if (threadIdx.x < CHANNELS) total[threadIdx.x] = 0;
  __syncthreads();
  src += (size_t)blockIdx.x * pixels * CHANNELS;
  word sum[CHANNELS] = {};
  for (int first = 4 * threadIdx.x; first < pixels; first += 4 * 512) {
    int v[4 * CHANNELS];
    load(src, CHANNELS * first, CHANNELS * pixels, v);
#pragma unroll
    for (int k = 0; k < 4 * CHANNELS; k++) sum[k % CHANNELS] += v[k];
  }
#pragma unroll
  for (int c = 0; c < CHANNELS; c++) atomicAdd(total + c, (unsigned long long)sum[c]);
  __syncthreads();
  if (threadIdx.x < CHANNELS) out[(size_t)blockIdx.x * CHANNELS + threadIdx.x] = total[threadIdx.x];
}

// out (N,): the largest of `size` bytes.
KERNEL(512) peak(const byte* __restrict__ src, byte* __restrict__ out, int size) {
  __shared__ int largest;
  if (threadIdx.x == 0) largest = 0;
  __syncthreads();
  src += (size_t)blockIdx.x * size;
  int best = 0;
  for (int first = 4 * threadIdx.x; first < size; first += 4 * 512) {
    int v[4];
    load(src, first, size, v);
    best = max(best, max(max(v[0], v[1]), max(v[2], v[3])));
  }
  atomicMax(&largest, best);
  __syncthreads();
  if (threadIdx.x == 0) out[blockIdx.x] = (byte)largest;
}

// out (N,): the largest product of two layers' bytes.
KERNEL(512)
peak_product(const byte* __restrict__ a, const byte* __restrict__ b, long long* __restrict__ out, int size) {
  __shared__ int largest;
  if (threadIdx.x == 0) largest = 0;
  __syncthreads();
  a += (size_t)blockIdx.x * size, b += (size_t)blockIdx.x * size;
  int best = 0;
  for (int first = 4 * threadIdx.x; first < size; first += 4 * 512) {
    int v[4], w[4];
    load(a, first, size, v);
    load(b, first, size, w);
#pragma unroll
    for (int k = 0; k < 4; k++) best = max(best, v[k] * w[k]);
  }
  atomicMax(&largest, best);
  __syncthreads();
  if (threadIdx.x == 0) out[blockIdx.x] = largest;
}
