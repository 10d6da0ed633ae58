"""Numbers side by side, as a vector unit holds them: for loops of the host that LLVM does not vectorise well by itself.

A value of these types is a vector of LLVM's, split into registers as wide as the processor has: sixteen float32 are one
of AVX-512, two of AVX2, four of SSE2 or NEON. The arithmetic is that of each element alone, neither contracted nor
reordered, so the bytes are those of a loop over elements.

What a loop gains by saying it: sums stay in registers through all that is added to them. LLVM vectorises the innermost
loop alone, whose sums then go through memory at each step, and before it asks of each pair of arrays whether they
overlap; of AVX-512 it uses half the width on processors of Intel.

Nothing is checked: `load` and `store` reach as far beyond the index as they are wide, and an index never counts from
the end.
"""

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from .jit import cpu, scalar

LANES = 16
"""How many numbers `load` takes."""
TWO = 2 * LANES
"""What most loops make at a time: weights and places are then read half as often."""


class Lanes(types.Type):
    """Numba's type of `count` float32, int16, int32 or uint64 side by side."""

    def __init__(self, count: int, element: types.Number = types.float32) -> None:
        self.count, self.element = count, element
        super().__init__(name=f"Lanes({count}, {element})")


def _vector(count: int, element: ir.Type | None = None) -> ir.VectorType:
    return ir.VectorType(ir.FloatType() if element is None else element, count)


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, lanes):
        super().__init__(manager, lanes, _vector(lanes.count, manager.lookup(lanes.element).get_value_type()))


WIDE, PIXEL, WORDS = Lanes(LANES), Lanes(4), Lanes(TWO, types.int16)
WHOLE, LONGS = Lanes(LANES, types.int32), Lanes(8, types.uint64)


def _operator(function, real, whole=None):
    """A Python operator on two values of the same type, and its form in place: LLVM's instruction for float32 and for
    whole numbers, where there is one. Of uint64 one of the two may be a single number.
    """
    kinds = (*((WIDE, PIXEL) if real else ()), *((WORDS, WHOLE, LONGS) if whole else ()))
    mixed = ((LONGS, types.uint64), (types.uint64, LONGS)) if whole else ()
    for operation in (function, getattr(operator, f"i{function.__name__.rstrip('_')}")):

        class Typing(ConcreteTemplate):
            cases = [signature(lanes, lanes, lanes) for lanes in kinds] + [signature(LONGS, *given) for given in mixed]

        infer_global(operation)(Typing)

        def lower(context, builder, called, arguments):
            lanes = called.return_type
            values = (
                a if isinstance(kind, Lanes) else _spread(builder, a, lanes.count)
                for a, kind in zip(arguments, called.args, strict=True)
            )
            return getattr(builder, real if lanes.element == types.float32 else whole)(*values)

        for given in ((Lanes, Lanes), *mixed):
            lower_builtin(operation, *given)(lower)


_operator(operator.add, "fadd", "add")
_operator(operator.sub, "fsub", "sub")
_operator(operator.mul, "fmul", "mul")
_operator(operator.truediv, "fdiv")
_operator(operator.and_, None, "and_")
_operator(operator.xor, None, "xor")
_operator(operator.rshift, None, "lshr")


def _choosing(relation):
    @intrinsic
    def chosen(typing_context, a, b):
        if not isinstance(a, Lanes) or a != b or a.element != types.float32:
            return None

        def lower(context, builder, called, arguments):
            first, second = arguments
            return builder.select(builder.fcmp_ordered(relation, second, first), second, first)

        return a(a, b), lower

    return chosen


larger, smaller = _choosing(">"), _choosing("<")
"""Of each two float32, as `max` and `min` have it."""


@intrinsic
def where(typing_context, condition, a, b):
    """`a` in the lanes where the condition is above 0, `b` in the others."""
    if (condition, a, b) != (WIDE, WIDE, WIDE):
        return None

    def lower(context, builder, called, arguments):
        above = builder.fcmp_ordered(">", arguments[0], ir.Constant(_vector(LANES), [0.0] * LANES))
        return builder.select(above, arguments[1], arguments[2])

    return WIDE(condition, a, b), lower


def _shuffled(builder, a, b, mask):
    """A vector of LLVM's of what two others have at the places of `mask`, those of the second behind the first."""
    return builder.shuffle_vector(a, b, ir.Constant(_vector(len(mask), ir.IntType(32)), list(mask)))


def _spread(builder, value, count):
    vector = _vector(count, value.type)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(_vector(count, ir.IntType(32)), None)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)


def _spreading(lanes):
    @intrinsic
    def spread(typing_context, value):
        if value != lanes.element:
            return None  # a float64 would be rounded without a word

        def lower(context, builder, called, arguments):
            return _spread(builder, arguments[0], lanes.count)

        return lanes(value), lower

    return spread


spread, spread_pixel = _spreading(WIDE), _spreading(PIXEL)
"""The same float32 in every lane."""
spread_whole, spread_long = _spreading(WHOLE), _spreading(LONGS)
"""The same int32 in every lane, or uint64."""


@intrinsic
def upward(typing_context, first):
    """Eight uint64, each one more than the one before."""
    if first != types.uint64:
        return None

    def lower(context, builder, called, arguments):
        count = LONGS.count
        steps = ir.Constant(_vector(count, ir.IntType(64)), list(range(count)))
        return builder.add(_spread(builder, arguments[0], count), steps)

    return LONGS(first), lower


def _pointer(context, builder, array_type, array, index, element, count):
    """Where `count` elements from `index` on lie in a contiguous array, whatever its dimensions."""
    data = context.make_array(array_type)(context, builder, array).data
    place = builder.gep(data, [index], inbounds=True)
    return builder.bitcast(place, _vector(count, element).as_pointer())


def _loading(lanes):
    @intrinsic
    def load(typing_context, array, index):
        if not isinstance(array, types.Array) or array.layout != "C" or not isinstance(index, types.Integer):
            return None
        kind = array.dtype
        if lanes.element != types.float32 and kind not in (types.uint8, lanes.element):
            return None

        def lower(context, builder, called, arguments):
            wide = context.cast(builder, arguments[1], index, types.intp)
            element = context.get_data_type(kind)
            place = _pointer(context, builder, array, arguments[0], wide, element, lanes.count)
            value = builder.load(place, align=kind.bitwidth // 8)
            if kind == lanes.element:
                return value
            if lanes.element != types.float32:
                return builder.zext(value, _vector(lanes.count, ir.IntType(lanes.element.bitwidth)))
            return (builder.sitofp if kind.signed else builder.uitofp)(value, _vector(lanes.count))

        return lanes(array, index), lower

    return load


load, load_pixel, load_words = _loading(WIDE), _loading(PIXEL), _loading(WORDS)
"""The elements array[index], array[index + 1] and so on of a contiguous array, its dimensions not counted, as float32;
of bytes or int16, 32 of them as int16.
"""
load_whole = _loading(WHOLE)
"""Of bytes or int32, sixteen of them as int32."""


@intrinsic
def shifted_right(typing_context, value, bits):
    """Several int32, each shifted to the right by an int32: floor(value / 2^bits)."""
    if value != WHOLE or bits != types.int32:
        return None

    def lower(context, builder, called, arguments):
        return builder.ashr(arguments[0], _spread(builder, arguments[1], value.count))

    return value(value, bits), lower


@intrinsic
def halves(typing_context, words):
    """32 int16 as twice sixteen float32."""
    if words != WORDS:
        return None

    def lower(context, builder, called, arguments):
        found = []
        for start in (0, LANES):
            part = _shuffled(builder, arguments[0], arguments[0], range(start, start + LANES))
            found.append(builder.sitofp(part, _vector(LANES)))
        return context.make_tuple(builder, called.return_type, found)

    return types.UniTuple(WIDE, 2)(words), lower  # type: ignore[attr-defined]


@intrinsic
def load_pixels(typing_context, array, places, index, ahead):
    """Sixteen elements of a contiguous array of float32: four from each of places[index] to places[index + 3], and
    `ahead` elements after it.
    """
    if not all(isinstance(a, types.Array) and a.layout == "C" for a in (array, places)):
        return None
    if (array.dtype, places.dtype) != (types.float32, types.int32):
        return None

    def lower(context, builder, called, arguments):
        first = context.cast(builder, arguments[2], index, types.intp)
        beyond = context.cast(builder, arguments[3], ahead, types.intp)
        start = _pointer(context, builder, places, arguments[1], first, ir.IntType(32), PIXEL.count)
        found, four = builder.load(start, align=4), []
        for k in range(PIXEL.count):
            place = builder.sext(builder.extract_element(found, ir.Constant(ir.IntType(32), k)), beyond.type)
            place = builder.add(place, beyond)
            pointer = _pointer(context, builder, array, arguments[0], place, ir.FloatType(), PIXEL.count)
            four.append(builder.load(pointer, align=4))
        while len(four) > 1:
            behind = range(2 * four[0].type.count)
            four = [_shuffled(builder, a, b, behind) for a, b in zip(four[::2], four[1::2], strict=True)]
        return four[0]

    return WIDE(array, places, index, ahead), lower


@intrinsic
def load_spread(typing_context, array, index):
    """The element array[index] of a contiguous array of float32 in every lane. Unlike `spread(array[index])` it does
    not ask whether the index counts from the end.
    """
    if not isinstance(array, types.Array) or array.layout != "C" or array.dtype != types.float32:
        return None

    def lower(context, builder, called, arguments):
        place = context.cast(builder, arguments[1], index, types.intp)
        data = context.make_array(array)(context, builder, arguments[0]).data
        return _spread(builder, builder.load(builder.gep(data, [place], inbounds=True)), LANES)

    return WIDE(array, index), lower


BITS = 64


@intrinsic
def load_uint64(typing_context, array, index):
    """The eight bytes array[index], array[index + 1] and so on as a uint64, the first the lowest, wherever they lie."""
    if not isinstance(array, types.Array) or array.layout != "C" or array.dtype != types.uint8:
        return None
    if not isinstance(index, types.Integer):
        return None

    def lower(context, builder, called, arguments):
        place = context.cast(builder, arguments[1], index, types.intp)
        pointer = _pointer(context, builder, array, arguments[0], place, ir.IntType(8), BITS // 8)
        return builder.bitcast(builder.load(pointer, align=1), ir.IntType(BITS))

    return types.uint64(array, index), lower


@intrinsic
def equal_bytes(typing_context, array, index, value):
    """Which of the 64 bytes array[index], array[index + 1] and so on are `value`: a bit each of a uint64, the lowest of
    the first.
    """
    if not isinstance(array, types.Array) or array.layout != "C" or array.dtype != types.uint8:
        return None
    if not isinstance(index, types.Integer) or value != types.uint8:
        return None

    def lower(context, builder, called, arguments):
        place = context.cast(builder, arguments[1], index, types.intp)
        pointer = _pointer(context, builder, array, arguments[0], place, ir.IntType(8), BITS)
        found = builder.icmp_unsigned("==", builder.load(pointer, align=1), _spread(builder, arguments[2], BITS))
        return builder.bitcast(found, ir.IntType(BITS))

    return types.uint64(array, index, value), lower


@intrinsic
def store(typing_context, array, index, value):
    """Written to a contiguous array from element `index` on: to one of their type as they are; to one of uint8 float32
    clipped to 0..255 and truncated, as `to_byte` does, and the lowest eight bits of int32.
    """
    if not isinstance(array, types.Array) or array.layout != "C" or not isinstance(value, Lanes):
        return None
    if array.dtype != value.element and (array.dtype != types.uint8 or value.element == types.int16):
        return None

    def lower(context, builder, called, arguments):
        wide, found, count = context.cast(builder, arguments[1], index, types.intp), arguments[2], value.count
        if array.dtype == types.uint8 and value.element == types.int32:
            found = builder.trunc(found, _vector(count, ir.IntType(8)))
        elif array.dtype == types.uint8:
            for limit, beyond in ((0.0, "<"), (255.0, ">")):
                edge = ir.Constant(_vector(count), [limit] * count)
                found = builder.select(builder.fcmp_ordered(beyond, found, edge), edge, found)
            whole = builder.fptosi(found, _vector(count, ir.IntType(32)))
            found = builder.trunc(whole, _vector(count, ir.IntType(8)))
        element = context.get_data_type(array.dtype)
        place = _pointer(context, builder, array, arguments[0], wide, element, count)
        builder.store(found, place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.none(array, index, value), lower


@intrinsic
def store_fours(typing_context, array, index, a, b, c, d):
    """The lower halves of four times eight uint64 written to a contiguous array of int32: the first of each, then the
    second of each, and so on.
    """
    if not isinstance(array, types.Array) or array.layout != "C" or array.dtype != types.int32:
        return None
    if (a, b, c, d) != (LONGS,) * 4:
        return None

    def lower(context, builder, called, arguments):
        place, low = context.cast(builder, arguments[1], index, types.intp), LANES // 2
        w, x, y, z = (builder.bitcast(one, _vector(LANES, ir.IntType(32))) for one in arguments[2:])
        lower = [k for i in range(low) for k in (2 * i, LANES + 2 * i)]
        first, second = _shuffled(builder, w, x, lower), _shuffled(builder, y, z, lower)
        for begin in (0, low):
            both = [k for i in range(begin, begin + low, 2) for k in (i, i + 1, LANES + i, LANES + i + 1)]
            pointer = _pointer(context, builder, array, arguments[0], place, ir.IntType(32), LANES)
            builder.store(_shuffled(builder, first, second, both), pointer, align=4)
            place = builder.add(place, ir.Constant(place.type, LANES))
        return context.get_dummy_value()

    return types.none(array, index, a, b, c, d), lower


@intrinsic
def store_all(typing_context, array, index, step, values):
    """The values of a tuple written to a contiguous array of float32, each `step` elements after the one before."""
    if not isinstance(array, types.Array) or array.layout != "C" or array.dtype != types.float32:
        return None

    def lower(context, builder, called, arguments):
        place = context.cast(builder, arguments[1], index, types.intp)
        ahead = context.cast(builder, arguments[2], step, types.intp)
        for value in cgutils.unpack_tuple(builder, arguments[3]):
            pointer = _pointer(context, builder, array, arguments[0], place, ir.FloatType(), LANES)
            builder.store(value, pointer, align=4)
            place = builder.add(place, ahead)
        return context.get_dummy_value()

    return types.none(array, index, step, values), lower


def _masked(builder, values, mask):
    """Elements of several vectors of sixteen laid behind each other, by their places."""
    found = values[0]
    for number, value in enumerate(values[1:], 1):
        # Those of the next vector, where they belong; of what was found so far, the rest.
        places = [LANES + k % LANES if k // LANES == number else (i if number > 1 else k) for i, k in enumerate(mask)]
        if number == 1:
            places = [k if k < 2 * LANES else 0 for k in places]
        found = _shuffled(builder, found, value, places)
    return found


@intrinsic
def apart(typing_context, first, second, third):
    """Sixteen pixels of three channels as their reds, greens and blues."""
    if (first, second, third) != (WIDE, WIDE, WIDE):
        return None

    def lower(context, builder, called, arguments):
        found = [_masked(builder, arguments, [3 * x + c for x in range(LANES)]) for c in range(3)]
        return context.make_tuple(builder, called.return_type, found)

    return types.UniTuple(WIDE, 3)(first, second, third), lower  # type: ignore[attr-defined]


@intrinsic
def affine(typing_context, value, scale, shift):
    """value scale + shift of sixteen float32, counted in float64 and then rounded to float32."""
    if (value, scale, shift) != (WIDE, types.float64, types.float64):
        return None

    def lower(context, builder, called, arguments):
        double = _vector(LANES, ir.DoubleType())
        factor, addend = (_spread(builder, number, LANES) for number in arguments[1:])
        total = builder.fadd(builder.fmul(builder.fpext(arguments[0], double), factor), addend)
        return builder.fptrunc(total, _vector(LANES))

    return value(value, scale, shift), lower


@intrinsic
def tripled(typing_context, value):
    """What sixteen pixels have, for each of their three channels: three times sixteen."""
    if value != WIDE:
        return None

    def lower(context, builder, called, arguments):
        found = []
        for part in range(3):
            mask = [(LANES * part + i) // 3 for i in range(LANES)]
            found.append(_shuffled(builder, arguments[0], arguments[0], mask))
        return context.make_tuple(builder, called.return_type, found)

    return types.UniTuple(WIDE, 3)(value), lower  # type: ignore[attr-defined]


@intrinsic
def colours(typing_context, red, green, blue):
    """Three float32 as the channels of sixteen pixels, as they lie: three times sixteen."""
    if (red, green, blue) != (types.float32,) * 3:
        return None

    def lower(context, builder, called, arguments):
        found = []
        for part in range(3):
            value = ir.Constant(_vector(LANES), ir.Undefined)
            for i in range(LANES):
                place = ir.Constant(ir.IntType(32), i)
                value = builder.insert_element(value, arguments[(LANES * part + i) % 3], place)
            found.append(value)
        return context.make_tuple(builder, called.return_type, found)

    return types.UniTuple(WIDE, 3)(red, green, blue), lower  # type: ignore[attr-defined]


@intrinsic
def backwards(typing_context, value):
    """The last first."""
    if value != WIDE:
        return None

    def lower(context, builder, called, arguments):
        return _shuffled(builder, arguments[0], arguments[0], range(LANES)[::-1])

    return value(value), lower


@intrinsic
def transposed(typing_context, rows):
    """Sixteen rows of sixteen as their sixteen columns."""
    if rows != types.UniTuple(WIDE, LANES):  # type: ignore[attr-defined]
        return None

    def lower(context, builder, called, arguments):
        found = list(cgutils.unpack_tuple(builder, arguments[0]))

        def exchange(i: int, k: int, masks: list[list[int]]) -> None:
            a, b = found[i], found[k]
            found[i], found[k] = (_shuffled(builder, a, b, mask) for mask in masks)

        # Rows i and i + 1, then i and i + 2: squares of four by four are turned, each within 128 bits, which AVX2 moves
        # in one instruction. Then rows i + 4 and i + 8: whole squares change places. .05 us on it, where the halves of
        # all pairs of rows, laid into each other four times, took .11; with AVX-512 both are 64 instructions.
        singly, doubly = (
            [[4 * square + place + begin for square in range(4) for place in places] for begin in (0, 2)]
            for places in ((0, LANES, 1, LANES + 1), (0, 1, LANES, LANES + 1))
        )
        next_to, over_next = (
            [[4 * square + n for square in squares for n in range(4)] for squares in both]
            for both in (((0, 4, 2, 6), (1, 5, 3, 7)), ((0, 1, 4, 5), (2, 3, 6, 7)))
        )
        for i in range(0, LANES, 2):
            exchange(i, i + 1, singly)
        for i in range(0, LANES, 4):
            exchange(i, i + 2, doubly)
            exchange(i + 1, i + 3, doubly)
            found[i + 1], found[i + 2] = found[i + 2], found[i + 1]
        for i in (0, 1, 2, 3, 8, 9, 10, 11):
            exchange(i, i + 4, next_to)
        for i in range(LANES // 2):
            exchange(i, i + LANES // 2, over_next)
        return context.make_tuple(builder, called.return_type, found)

    return rows(rows), lower


EIGHT = 8


@intrinsic
def turn_bytes(typing_context, src, start, stride, further, dst, begin, step, beyond):
    """Twice sixteen rows of sixteen bytes from src, the columns of dst: element (i, j), start + i stride + j of src,
    goes to begin + j step + i of dst, and those of the second square from `further` elements on to `beyond` on.
    """
    arrays, places = (src, dst), (start, stride, further, begin, step, beyond)
    if not all(isinstance(a, types.Array) and a.layout == "C" and a.dtype == types.uint8 for a in arrays):
        return None
    if not all(isinstance(place, types.Integer) for place in places):
        return None

    def lower(context, builder, called, arguments):
        byte, values = ir.IntType(8), zip(arguments, called.args, strict=True)
        given, at, stride, further, made, to, step, beyond = (
            value if isinstance(kind, types.Array) else context.cast(builder, value, kind, types.intp)
            for value, kind in values
        )
        rows = []
        for _ in range(LANES):
            both = [
                builder.load(_pointer(context, builder, src, given, place, byte, LANES), align=1)
                for place in (at, builder.add(at, further))
            ]
            rows.append(_shuffled(builder, both[0], both[1], range(TWO)))
            at = builder.add(at, stride)
        # Rows i and i + 8 are laid into each other, four times; each square stays within 128 bits, where AVX2 moves
        # both in one instruction.
        first, second = (
            [n for square in (0, LANES) for k in range(half, half + EIGHT) for n in (square + k, TWO + square + k)]
            for half in (0, EIGHT)
        )
        for _ in range(4):
            pairs = list(zip(rows[:EIGHT], rows[EIGHT:], strict=True))
            rows = [_shuffled(builder, a, b, mask) for a, b in pairs for mask in (first, second)]
        for row in rows:
            for low, place in ((0, to), (LANES, builder.add(to, beyond))):
                square = _shuffled(builder, row, row, range(low, low + LANES))
                builder.store(square, _pointer(context, builder, dst, made, place, byte, LANES), align=1)
            to = builder.add(to, step)
        return context.get_dummy_value()

    return types.none(src, start, stride, further, dst, begin, step, beyond), lower


def _of_eight(step):
    """An intrinsic on 128 numbers, eight vectors, that takes the same step three times: (a, b, mask) for each vector
    that comes of it, two of those before and what it has of both.
    """

    @intrinsic
    def moved(typing_context, rows):
        if rows != types.UniTuple(WIDE, EIGHT):  # type: ignore[attr-defined]
            return None

        def lower(context, builder, called, arguments):
            found = cgutils.unpack_tuple(builder, arguments[0])
            for _ in range(3):
                found = [_shuffled(builder, found[a], found[b], mask) for a, b, mask in step]
            return context.make_tuple(builder, called.return_type, found)

        return rows(rows), lower

    return moved


eights_apart = _of_eight([(i, i + 1, range(odd, 2 * LANES, 2)) for odd in (0, 1) for i in range(0, EIGHT, 2)])
"""128 numbers, eight vectors, as those at places 0, 8, 16, ..., at 1, 9, 17, ..., and so on: three times those at even
places before those at odd ones.
"""
_BOTH = [k // 2 + (LANES if k % 2 else 0) for k in range(2 * LANES)]
eights_together = _of_eight(
    [(i, i + EIGHT // 2, _BOTH[begin : begin + LANES]) for i in range(EIGHT // 2) for begin in (0, LANES)]
)
"""The way back: three times the halves are laid into each other."""


@scalar
def load_eight(array, start):
    """128 float32 of a contiguous array, as eight vectors."""
    return (
        *(load(array, start), load(array, start + LANES), load(array, start + 2 * LANES)),
        *(load(array, start + 3 * LANES), load(array, start + 4 * LANES), load(array, start + 5 * LANES)),
        *(load(array, start + 6 * LANES), load(array, start + 7 * LANES)),
    )


@scalar
def whole_lanes(count):
    """The smallest multiple of LANES from `count` up."""
    return (count + LANES - 1) // LANES * LANES


@cpu
def turn(src, start, stride, dst, begin, step):
    """Sixteen rows of sixteen from src, the columns of dst: element (i, j), start + i stride + j of src, goes to begin
    + j step + i of dst; both float32.
    """
    s = stride
    store_all(
        dst,
        begin,
        step,
        transposed(
            (
                *(load(src, start), load(src, start + s), load(src, start + 2 * s), load(src, start + 3 * s)),
                *(
                    load(src, start + 4 * s),
                    load(src, start + 5 * s),
                    load(src, start + 6 * s),
                    load(src, start + 7 * s),
                ),
                *(
                    load(src, start + 8 * s),
                    load(src, start + 9 * s),
                    load(src, start + 10 * s),
                    load(src, start + 11 * s),
                ),
                *(load(src, start + 12 * s), load(src, start + 13 * s)),
                *(load(src, start + 14 * s), load(src, start + 15 * s)),
            )
        ),
    )
