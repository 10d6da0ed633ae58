// Philox4x32-10 as kernels/philox.py has it. By hand: the two halves of a 32 x 32 bit product are one instruction each
// here, where the host's vector unit wants 64-bit numbers.
struct Words {
  word of[4];
};
DEVICE Words philox(word block, long long sample, word stream, word k0, word k1) {
  word c0 = block, c1 = stream, c2 = (word)sample, c3 = (word)((unsigned long long)sample >> 32);
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const word h0 = __umulhi(0xD2511F53u, c0), l0 = 0xD2511F53u * c0, h1 = __umulhi(0xCD9E8D57u, c2),
               l1 = 0xCD9E8D57u * c2;
    c0 = h1 ^ c1 ^ k0, c1 = l1, c2 = h0 ^ c3 ^ k1, c3 = l0;
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}
