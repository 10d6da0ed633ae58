"""The runner of PTX on the host: what instructions do, what is caught, what is counted."""

import numpy as np
import pytest

from benchmarks.gpu.ptx import nvrtc, resources
from benchmarks.gpu.ptx.host import (
    BACKWARDS,
    FORWARDS,
    OPTIONS,
    SHUFFLED,
    HostDevice,
    LaunchError,
    missing,
    module,
    run,
)
from benchmarks.gpu.ptx.to_c import UnknownInstruction, translate
from corrupt_engine.kernels.cuda.program import Kernel, Program

pytestmark = pytest.mark.skipif(bool(missing()), reason=str(missing()))
WAYS, TARGETS = (FORWARDS, BACKWARDS, SHUFFLED), (75, 80, 90, 100)
HEAD = "typedef unsigned int word; typedef unsigned char byte;\n"


def launch(body, *args, threads=64, blocks=1, way=FORWARDS, target=90, given=""):
    """Run a kernel k of this body; `args` are (declaration, value)."""
    source = f'{HEAD}{given}\nextern "C" __global__ void k({", ".join(name for name, _ in args)}) {{ {body} }}'
    return run(module(source, OPTIONS, target), "k", (blocks,), (threads,), tuple(value for _, value in args), way)


def unsigned(a):
    return a.view(np.uint32)


def signed(values):
    return np.array([int(value) & 0xFFFFFFFF for value in values], np.uint32).view(np.int32)


def pairs(a, b):
    return zip(unsigned(a).tolist(), unsigned(b).tolist(), strict=True)


def bytes_of(a, shift, kind):
    return (unsigned(a) >> np.uint32(shift)).astype(kind).astype(np.int64)


LANES = np.arange(64)
F = np.float32
OPERATIONS = {
    "a + b * 3": lambda a, b: a + b * 3,
    "a & b | ~a ^ b": lambda a, b: (a & b) | (~a ^ b),
    "(int)((word)a >> (b & 31))": lambda a, b: signed(x >> (y & 31) for x, y in pairs(a, b)),
    "a >> (b & 31)": lambda a, b: a >> (b & 31),
    "a << (b & 31)": lambda a, b: a << (b & 31),
    "min(a, b) - max(a, b)": lambda a, b: np.minimum(a, b) - np.maximum(a, b),
    "(a >> 3) / (b | 1)": lambda a, b: np.trunc((a >> 3) / (b | 1)).astype(np.int32),
    "(int)((word)a % ((word)b | 1))": lambda a, b: signed(x % (y | 1) for x, y in pairs(a, b)),
    "__mulhi(a, b)": lambda a, b: (a.astype(np.int64) * b >> 32).astype(np.int32),
    "(int)__umulhi(a, b)": lambda a, b: signed(x * y >> 32 for x, y in pairs(a, b)),
    "__popc(a) + 64 * __clz(b)": lambda a, b: signed(
        bin(x).count("1") + 64 * (32 - y.bit_length()) for x, y in pairs(a, b)
    ),
    "(int)__brev(a)": lambda a, b: signed(int(f"{x:032b}"[::-1], 2) for x, _ in pairs(a, b)),
    "(int)__byte_perm(a, b, 0x6140)": lambda a, b: signed(
        (x & 255) | (y & 255) << 8 | (x >> 8 & 255) << 16 | (y >> 16 & 255) << 24 for x, y in pairs(a, b)
    ),
    "(int)__funnelshift_r(a, b, t)": lambda a, b: signed(
        (y << 32 | x) >> (t & 31) for t, (x, y) in enumerate(pairs(a, b))
    ),
    "__dp4a(a, b, t)": lambda a, b: signed(
        LANES + sum(bytes_of(a, k, np.int8) * bytes_of(b, k, np.int8) for k in (0, 8, 16, 24))
    ),
    "abs(a >> 1) + (a < b ? t : -t)": lambda a, b: np.abs(a >> 1) + np.where(a < b, LANES, -LANES).astype(np.int32),
    "(int)(signed char)a + (int)(short)b + (int)(byte)a": lambda a, b: signed(
        bytes_of(a, 0, np.int8) + bytes_of(b, 0, np.int16) + bytes_of(a, 0, np.uint8)
    ),
    "(int)(((long long)a * b) >> 17)": lambda a, b: (a.astype(np.int64) * b >> 17).astype(np.int32),
    "__float_as_int((float)a)": lambda a, b: a.astype(F).view(np.int32),
    "__float_as_int((float)(word)a)": lambda a, b: unsigned(a).astype(F).view(np.int32),
    "(int)((float)a * 0.75f)": lambda a, b: (a.astype(F) * F(0.75)).astype(np.int32),
    "__float2int_rn((float)(b & 1023) * 0.25f)": lambda a, b: np.rint((b & 1023) * 0.25).astype(np.int32),
    "__float2int_rd((float)(a >> 20) * 0.3f)": lambda a, b: np.floor((a >> 20).astype(F) * F(0.3)).astype(np.int32),
    "__float_as_int(fminf(fmaxf((float)a, -1e9f), 1e9f))": lambda a, b: np.clip(a.astype(F), F(-1e9), F(1e9)).view(
        np.int32
    ),
    "__float_as_int(floorf(__fdiv_rn((float)b, 7.0f)) - fabsf((float)a))": lambda a, b: (
        np.floor(b.astype(F) / F(7)) - np.abs(a.astype(F))
    ).view(np.int32),
    "__float_as_int(__fsqrt_rn((float)(byte)a))": lambda a, b: np.sqrt(a.astype(np.uint8).astype(F)).view(np.int32),
    "((float)a < (float)b) + 2 * ((float)a >= (float)b)": lambda a, b: np.where(a.astype(F) < b.astype(F), 1, 2).astype(
        np.int32
    ),
}


@pytest.mark.parametrize("way", [FORWARDS, SHUFFLED])
@pytest.mark.parametrize("target", TARGETS)
def test_instructions_do_what_numpy_does(target, way):
    rng = np.random.Generator(np.random.PCG64(1))
    a, b = (rng.integers(-(2**31), 2**31, 64).astype(np.int32) for _ in range(2))
    a[:4], b[:4] = [0, -1, 2**31 - 1, -(2**31)], [3, 5, 31, 33]
    out = np.zeros((len(OPERATIONS), 64), np.int32)
    launch(
        "const int t = threadIdx.x, a = pa[t], b = pb[t];"
        + "".join(f"out[{64 * k} + t] = {body};" for k, body in enumerate(OPERATIONS)),
        ("const int* __restrict__ pa", a), ("const int* __restrict__ pb", b), ("int* out", out), target=target, way=way,
    )  # fmt: skip
    with np.errstate(over="ignore"):
        for row, (body, expected) in zip(out, OPERATIONS.items(), strict=True):
            assert (row == expected(a, b)).all(), body


def test_from_a_float_to_a_whole_number_is_clamped():
    values = np.array([np.nan, -1.5, 1e30, -1e30, 255.9, 2147483520.0], np.float32)
    out = np.zeros((3, 6), np.int32)
    launch(
        """const int t = threadIdx.x;
        out[t] = (int)v[t]; out[6 + t] = (int)(word)v[t]; out[12 + t] = __float2int_rz(v[t] * 2.0f);""",
        ("const float* __restrict__ v", values), ("int* out", out), threads=6,
    )  # fmt: skip
    assert out[0].tolist() == [0, -1, 2**31 - 1, -(2**31), 255, 2147483520]
    assert out[1].view(np.uint32).tolist() == [0, 0, 2**32 - 1, 0, 255, 2147483520]
    assert out[2].tolist() == [0, -3, 2**31 - 1, -(2**31), 511, 2**31 - 1]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("target", [90, 100])
def test_lanes_of_a_warp_exchange_values(way, target):
    out = np.zeros((6, 64), np.int32)
    launch(
        """const int t = threadIdx.x, lane = t & 31;
        out[t] = __shfl_xor_sync(~0u, t * 10, 5); out[64 + t] = __shfl_up_sync(~0u, t, 3);
        out[128 + t] = __shfl_down_sync(~0u, t, 2, 16);
        out[192 + t] = __shfl_sync(~0u, t, 7); out[256 + t] = (int)__ballot_sync(~0u, t % 3 == 0);
        int sum = lane; for (int k = 16; k; k >>= 1) sum += __shfl_xor_sync(~0u, sum, k);
        out[320 + t] = sum + (__any_sync(~0u, t == 40) ? 1000 : 0) + __reduce_max_sync(~0u, t);""",
        ("int* out", out), way=way, target=target,
    )  # fmt: skip
    t = np.arange(64)
    lane, base = t % 32, t // 32 * 32
    assert (out[0] == (base + (lane ^ 5)) * 10).all()
    assert (out[1] == np.where(lane >= 3, t - 3, t)).all()
    assert (out[2] == np.where(lane % 16 < 14, t + 2, t)).all()
    assert (out[3] == base + 7).all()
    assert (out[4] == signed(sum(1 << k for k in range(32) if (first + k) % 3 == 0) for first in base)).all()
    assert (out[5] == 496 + np.where(t >= 32, 1000, 0) + base + 31).all()


SUM = """__shared__ int held[64]; const int t = threadIdx.x; held[t] = v[blockIdx.x * 64 + t]; __syncthreads();
for (int k = 32; k; k >>= 1) { if (t < k) held[t] += held[t + k]; __syncthreads(); }
if (t == 0) out[blockIdx.x] = held[0];"""


@pytest.mark.parametrize("way", WAYS)
def test_blocks_share_memory_and_wait_at_barriers(way):
    values, out = np.arange(640, dtype=np.int32), np.zeros(10, np.int32)
    launch(SUM, ("const int* __restrict__ v", values), ("int* out", out), blocks=10, way=way)
    assert (out == values.reshape(10, 64).sum(1)).all()


def test_a_barrier_that_is_missing_shows_in_some_order():
    values, results = np.arange(640, dtype=np.int32), set()
    for way in WAYS:
        out = np.zeros(10, np.int32)
        launch(
            SUM.replace("__syncthreads();", ""),
            ("const int* __restrict__ v", values),
            ("int* out", out),
            blocks=10,
            way=way,
        )
        results.add(out.tobytes())
    assert len(results) > 1


@pytest.mark.parametrize("way", WAYS)
def test_atomics_and_reductions_at_barriers(way):
    counts, found = np.zeros(8, np.int32), np.zeros(64, np.int32)
    launch(
        """const int t = threadIdx.x; atomicAdd(out + t % 4, t); atomicMax(out + 4, t); atomicMin(out + 5, -t);
        atomicOr((word*)out + 6, 1u << (t & 31)); atomicExch(out + 7, 9);
        found[t] = __syncthreads_or(t == 9) + 10 * __syncthreads_count(t < 20) + 1000 * __syncthreads_and(t < 64);""",
        ("int* out", counts), ("int* found", found), way=way,
    )  # fmt: skip
    assert counts.tolist() == [*(sum(range(k, 64, 4)) for k in range(4)), 63, -63, -1, 9]
    assert set(found.tolist()) == {1 + 200 + 1000}


CAUGHT = {
    "outside of the arrays": "out[64 + threadIdx.x] = 1;",
    "of 8 bytes at an address that is no multiple of 8": "*(long long*)(out + 1 + threadIdx.x % 2) = 1;",
    "outside of its shared memory, at byte": """__shared__ int held[64]; held[threadIdx.x + out[0] + 1] = 3;
        out[threadIdx.x] = held[63];""",
    "barrier that 1 lanes of the block have ended without reaching": """if (threadIdx.x == 5) return;
        __syncthreads(); out[threadIdx.x] = 1;""",
    "wait for each other at different places": """if (threadIdx.x < 32) { out[1] = 2; __syncthreads(); }
        else { out[2] = 3; __syncthreads(); out[5] = 1; }""",
    "subnormal": "out[threadIdx.x] = __float_as_int(__int_as_float(out[3] + 5) * 2.0f);",
}


@pytest.mark.parametrize("message", CAUGHT)
def test_what_a_device_does_not_define_is_caught(message):
    with pytest.raises(LaunchError, match=message):
        launch(CAUGHT[message], ("int* out", np.zeros(64, np.int32)))


def test_arguments_that_share_memory_may_be_read_but_not_written():
    values = np.arange(64, dtype=np.int32)
    args = (
        ("const int* __restrict__ a", values),
        ("const int* __restrict__ b", values),
        ("int* out", np.zeros(64, np.int32)),
    )
    launch("out[threadIdx.x] = a[threadIdx.x] + b[threadIdx.x];", *args)
    with pytest.raises(LaunchError, match="share"):
        launch("out[threadIdx.x] = a[threadIdx.x] + 1;", ("const int* __restrict__ a", values), ("int* out", values))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "size the kernel cannot know"),
        (np.float64(5.0), "float64"),
        (np.int64(5), r"for a parameter .u32"),
        (np.float32(5), "for a parameter .u32"),
        (np.zeros(3), "an array for"),
    ],
)
def test_arguments_of_another_type(value, message):
    with pytest.raises(LaunchError, match=message):
        launch("out[threadIdx.x] = n;", ("int* out", np.zeros(64, np.int32)), ("int n", value))


def test_launches_that_a_device_refuses():
    out = ("int* out", np.zeros(64, np.int32))
    with pytest.raises(LaunchError, match="a block of"):
        launch("out[0] = 1;", out, threads=2048)
    with pytest.raises(LaunchError, match="a grid of"):
        launch("out[0] = 1;", out, blocks=0)
    with pytest.raises(LaunchError, match="1 arguments for 2 parameters"):
        run(
            module(f'{HEAD}extern "C" __global__ void k(int* a, int b) {{ a[0] = b; }}'),
            "k",
            (1,),
            (1,),
            (np.zeros(1, np.int32),),
            FORWARDS,
        )
    with pytest.raises(LaunchError, match="contiguous"):
        launch("out[0] = 1;", ("int* out", np.zeros((8, 8), np.int32)[:, ::2]))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("out[threadIdx.x] *= 0.1;", "float64"),
        ("out[threadIdx.x] = fmaf(out[threadIdx.x], 2.0f, 1.0f);", "rounds once"),
        ("out[threadIdx.x] = __fdividef(out[threadIdx.x], 3.0f);", "approximate"),
        ("out[threadIdx.x] = __expf(out[threadIdx.x]);", "ex2"),
        ("atomicAdd(out, 1.0f);", "order of the threads"),
        (
            """float kept[64]; for (int k = 0; k < 64; k++) kept[(int)out[k]] = out[k];
            out[threadIdx.x] = kept[(int)out[threadIdx.x]];""",
            "local",
        ),
    ],
)
def test_what_no_kernel_may_hold_ends_the_translation(body, message):
    with pytest.raises(UnknownInstruction, match=message):
        launch(body, ("float* out", np.zeros(64, np.float32)))


def test_contraction_is_off():
    body = "out[threadIdx.x] = out[threadIdx.x] * 2.5f + 1.5f;"
    source = f'{HEAD}extern "C" __global__ void k(float* out) {{ {body} }}'
    assert "fma" not in nvrtc.compiled(source, OPTIONS, 90)
    assert "fma" in nvrtc.compiled(source, tuple(option for option in OPTIONS if "fmad" not in option), 90)
    assert "ftz" in nvrtc.compiled(source, OPTIONS, 90)  # what CuPy adds is there


def test_floats_that_the_assembler_could_contract_are_refused():
    ptx = nvrtc.compiled(f'{HEAD}extern "C" __global__ void k(float* out) {{ out[0] += 1.5f; }}', OPTIONS, 90)
    with pytest.raises(UnknownInstruction, match="may contract"):
        translate(ptx.replace("add.rn.ftz.f32", "add.ftz.f32"))


def test_instructions_and_bytes_are_counted():
    device, out = HostDevice(), np.zeros(256, np.int32)
    source = f"""{HEAD}extern "C" __global__ void k(const int* __restrict__ a, int* out, int n) {{
        int s = 0; for (int k = 0; k < n; k++) s += a[k * 64 + threadIdx.x]; out[threadIdx.x] = s; }}"""

    class Given:
        pass

    program = Given()
    program.source = source
    device.launch(Kernel(program, "k"), (1,), (64,), (np.arange(640, dtype=np.int32), out, np.int32(10)))
    assert (out[:64] == np.arange(640).reshape(10, 64).sum(0)).all()
    total = device.launched.total
    assert (total.launches, total.loaded, total.stored) == (1, 64 * 10 * 4, 64 * 4)
    assert total.kinds["load"] == 640 and total.kinds["store"] == 64
    assert total.instructions == sum(total.kinds.values()) - total.kinds["free"]


def test_headers_are_part_of_the_source():
    source = Program("transition.cu").source
    assert "#include" not in source and "__umulhi" in source


@pytest.mark.skipif(nvrtc.assembler() is None, reason="ptxas is not installed")
def test_every_kernel_fits_the_registers_as_the_table_says():
    """Assembled anew where the table was made from other sources, or by another assembler."""
    modules, kept = resources.programs(), resources.committed()
    origin = resources.made_from(modules)
    same = all(kept[key] == value for key, value in origin.items())
    found = kept["kernels"] if same else resources.table(modules)
    assert all(row[f"sm_{target}"] <= 64 for row in found.values() for target in resources.TARGETS)  # 1024 threads fit
    if origin["assembler"] == kept["assembler"]:
        assert found == kept["kernels"], "python -m benchmarks.gpu.ptx resources"


def test_another_source_is_seen():
    class Module:
        source = "extern"

    assert resources.made_from({Module}) == resources.made_from({Module})
    before = resources.made_from({Module})
    Module.source += " "
    assert resources.made_from({Module})["sources"] != before["sources"]


@pytest.mark.skipif(nvrtc.assembler() is None, reason="ptxas is not installed")
def test_spills_are_seen():
    source = f"""{HEAD}extern "C" __global__ void __launch_bounds__(1024, 2) k(float* out, int n) {{
        float v[80], s = 0;
        #pragma unroll
        for (int k = 0; k < 80; k++) v[k] = out[k * n];
        __syncthreads();
        #pragma unroll
        for (int k = 0; k < 80; k++) s = s * v[k] + v[79 - k];
        out[0] = s; }}"""
    used = resources.assembled(nvrtc.compiled(source, OPTIONS, 90), 90)["k"]
    assert used["spilled"] > 0 and used["registers"] <= 32
