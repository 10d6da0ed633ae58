"""The kernels on CUDA: C++ compiled by NVRTC through CuPy. Nothing here is imported before a device is asked for.

To write or tune a primitive is to edit one .cu file and the launcher of the same name beside it:

    NAME.cu     the kernels. KERNEL(threads) begins one; common.cuh has borders, loads and stores of four elements in
                words, to_byte. Offsets within an image are 32 bits wide, the image is an axis of the grid.
    NAME.py     as the CPU's primitive of that name: scratch memory, tables, grids. `ops.empty` gives memory, `upload`
                sends a small array, `constant` a table that stays, `launch` runs a kernel. Scalars are NumPy's, of the
                size that the kernel declares. A Program names the Python functions that the file calls as python::name,
                with the types of their arguments, and constants: element types and channel counts, a module for each.
    ops.py      lists the primitives.

Arithmetic that the CPU shares stands in kernels/primitives as plain Python and is translated (`translation`), pixel
functions altogether (`pixelwise`). Where C++ of its own is clearly better, as in philox.cuh, a test holds both equal.

Bytes are the CPU's: no float64, no contraction (-fmad=false), floats divided by __fdiv_rn, sums of floats in the CPU's
order, reductions by whole numbers. What cannot be counted on: subnormal numbers, which CuPy's -ftz=true makes zero.

Without a GPU, `python -m benchmarks.gpu.ptx NAME SEVERITY` compiles what a corruption launches, runs the PTX on the
host, holds its bytes to the CPU's, and prints launches, instructions a pixel by kind, bytes, registers and shared
memory; `... all` does so for every condition, `... resources` makes the committed table of registers anew.
tests/test_cuda_kernels.py runs every corruption in three orders of the threads, and every kernel without each of its
barriers, which must show: a new file with barriers is added to USERS there.
"""
