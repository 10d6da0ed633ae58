/* A lane runs until it ends or waits; what it waits for is here, at the head of its registers. */
enum { READY, DONE, BLOCK, WARP };
enum { PLAIN, ANY, ALL, COUNT }; /* of a barrier: what is made of the lanes' predicates */
enum {
  SHUFFLE_IDX,
  SHUFFLE_UP,
  SHUFFLE_DOWN,
  SHUFFLE_BFLY,
  VOTE_ANY,
  VOTE_ALL,
  VOTE_UNI,
  VOTE_BALLOT,
  SUM_u32,
  MIN_u32,
  MAX_u32,
  MIN_s32,
  MAX_s32,
  AND_b32,
  OR_b32,
  XOR_b32,
  SYNC
};
typedef struct {
  s32 pc, wait, op;
  u32 a, b, c, mask, r, p;
} Wait;
typedef void (*Lane)(void*, const u64*);
#define W(i) ((Wait*)(threads + (size_t)(i) * stride))

static void together(char* threads, size_t stride, u32 first) { /* a warp whose lanes have all arrived */
  u32 mask = W(first)->mask;
  s32 op = W(first)->op, pc = W(first)->pc;
  u32 ballot = 0, sum = 0, low = ~0u, high = 0, both = ~0u, either = 0, odd = 0;
  s32 least = INT32_MAX, most = INT32_MIN;
  u32 base = first & ~31u;
  for (u32 i = 0; i < 32; i++)
    if ((mask >> i) & 1) {
      Wait* w = W(base + i);
      if (w->wait != WARP || w->pc != pc || w->mask != mask) fail(DIVERGED, pc, w->pc);
      u32 v = w->a;
      if (v) ballot |= 1u << i;
      sum += v;
      low = v < low ? v : low;
      high = v > high ? v : high;
      both &= v;
      either |= v;
      odd ^= v;
      least = (s32)v < least ? (s32)v : least;
      most = (s32)v > most ? (s32)v : most;
    }
  for (u32 i = 0; i < 32; i++)
    if ((mask >> i) & 1) {
      Wait* w = W(base + i);
      u32 v = 0;
      switch (op) {
        case SHUFFLE_IDX:
        case SHUFFLE_UP:
        case SHUFFLE_DOWN:
        case SHUFFLE_BFLY: {
          u32 b = w->b & 31, clamp = w->c & 31, segment = (w->c >> 8) & 31, from;
          int inside;
          u32 top = (i & segment) | (clamp & ~segment), bottom = i & segment;
          if (op == SHUFFLE_IDX) {
            from = bottom | (b & ~segment);
            inside = from <= top;
          } else if (op == SHUFFLE_UP) {
            from = i - b;
            inside = (s32)from >= (s32)top;
          } else if (op == SHUFFLE_DOWN) {
            from = i + b;
            inside = from <= top;
          } else {
            from = i ^ b;
            inside = from <= top;
          }
          if (!inside) from = i;
          w->p = inside;
          v = W(base + (from & 31))->a;
          break;
        }
        case VOTE_ANY:
          v = ballot != 0;
          break;
        case VOTE_ALL:
          v = ballot == mask;
          break;
        case VOTE_UNI:
          v = ballot == mask || ballot == 0;
          break;
        case VOTE_BALLOT:
          v = ballot;
          break;
        case SUM_u32:
          v = sum;
          break;
        case MIN_u32:
          v = low;
          break;
        case MAX_u32:
          v = high;
          break;
        case MIN_s32:
          v = least;
          break;
        case MAX_s32:
          v = most;
          break;
        case AND_b32:
          v = both;
          break;
        case OR_b32:
          v = either;
          break;
        case XOR_b32:
          v = odd;
          break;
      }
      w->r = v;
    }
  for (u32 i = 0; i < 32; i++)
    if ((mask >> i) & 1) W(base + i)->wait = READY;
}

static void one_block(Lane lane, char* threads, size_t stride, u32 count, const u32* order, const u64* P) {
  for (u32 i = 0; i < count; i++) memset(W(i), 0, sizeof(Wait));
  for (;;) {
    u32 done = 0, waiting = 0, ran = 0;
    for (u32 k = 0; k < count; k++) {
      u32 i = order[k];
      if (W(i)->wait == READY) {
        TX = i % NX;
        TY = i / NX % NY;
        TZ = i / NX / NY;
        lane(W(i), P);
        ran = 1;
      }
      done += W(i)->wait == DONE;
      waiting += W(i)->wait == BLOCK;
    }
    if (done == count) return;
    if (ran) {
      for (u32 base = 0; base < count; base += 32) { /* warps that wait for nobody of theirs any more */
        u32 first = count, others = 0;
        for (u32 i = base; i < base + 32 && i < count; i++)
          if (W(i)->wait == WARP) {
            if (first == count) first = i;
          } else if (first < count && (W(first)->mask >> (i & 31)) & 1)
            others = 1;
        if (first < count) {
          for (u32 i = base; i < base + 32 && i < count; i++)
            if (((W(first)->mask >> (i & 31)) & 1) && W(i)->wait != WARP) others = 1;
          if (!others) together(threads, stride, first);
        }
      }
    }
    if (waiting == count) {
      u32 sum = 0;
      s32 pc = W(0)->pc, op = W(0)->op;
      for (u32 i = 0; i < count; i++) {
        if (W(i)->pc != pc) fail(DIVERGED, pc, W(i)->pc);
        sum += W(i)->a != 0;
      }
      for (u32 i = 0; i < count; i++) {
        W(i)->r = op == ANY ? sum != 0 : op == ALL ? sum == count : sum;
        W(i)->wait = READY;
      }
    } else {
      int ready = 0;
      for (u32 i = 0; i < count; i++) ready |= W(i)->wait == READY;
      if (!ready) fail(NOT_ALL_LANES, done, waiting);
    }
  }
}

static u32 random_(u32* state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

typedef struct {
  s32 code;
  u32 size;
  u64 address;
  s32 block[3], thread[3];
  s32 subnormal;
} Outcome;

static void run_(Lane lane, size_t stride, const u32* grid, const u32* block, const u64* P, const Range* allowed,
                 s32 count, s32 way, Outcome* outcome) {
  static char* threads;
  static size_t room;
  static u32 order[1024];
  u32 lanes = block[0] * block[1] * block[2], seed = 12345u * (u32)way;
  u64 blocks = (u64)grid[0] * grid[1] * grid[2];
  if (room < stride * lanes) {
    threads = realloc(threads, room = stride * lanes);
  }
  memcpy(range, allowed, count * sizeof(Range));
  ranges = count;
  last = 0;
  if (!count) {
    range[0].low = 0;
    range[0].size = 0;
  }
  GX = grid[0];
  GY = grid[1];
  GZ = grid[2];
  NX = block[0];
  NY = block[1];
  NZ = block[2];
  for (u32 i = 0; i < lanes; i++) order[i] = way == 1 ? lanes - 1 - i : i;
  if (way >= 2)
    for (u32 i = lanes - 1; i > 0; i--) {
      u32 j = random_(&seed) % (i + 1), kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
  u64 step = 1;
  if (way >= 2 && blocks > 2)
    for (step = (u64)(blocks * 0.618) | 1;; step++) {
      u64 a = blocks, b = step;
      while (b) {
        u64 c = a % b;
        a = b;
        b = c;
      }
      if (a == 1) break;
    }
  memset(outcome, 0, sizeof *outcome);
  memset(&fault, 0, sizeof fault);
#if defined(__SSE__)
  _mm_setcsr(_mm_getcsr() & ~0x3fu);
#endif
  if (!setjmp(failed)) {
    for (u64 k = 0; k < blocks; k++) {
      u64 at = way == 1 ? blocks - 1 - k : way >= 2 ? (k * step) % blocks : k;
      CX = at % GX;
      CY = at / GX % GY;
      CZ = at / GX / GY;
      one_block(lane, threads, stride, lanes, order, P);
    }
  }
#if defined(__SSE__)
  outcome->subnormal = (_mm_getcsr() & 0x12u) != 0; /* a subnormal operand, or a result that became one */
#endif
  outcome->code = fault.code;
  outcome->size = fault.size;
  outcome->address = fault.address;
  memcpy(outcome->block, fault.block, sizeof fault.block);
  memcpy(outcome->thread, fault.thread, sizeof fault.thread);
}
