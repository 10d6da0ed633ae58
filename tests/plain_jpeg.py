"""Which JPEG files are plain, segment by segment in plain Python: what `kernels.jpeg_structure` is held to."""

from collections.abc import Iterator

EOI, SOS, DQT, DHT, DRI, APP14, COM = 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xEE, 0xFE
PROGRESSIVE = 0xC2
FRAMES = (0xC0, 0xC1, PROGRESSIVE)
QUANTIZATION, DC, AC = 0, 4, 8  # tables, four of each
LONGEST = 65500  # libjpeg's limit of a side
LARGEST = 1 << 26


class Unsound(Exception):
    """The structure is not that of a plain JPEG."""


def is_plain_jpeg(data: bytes, most: int = LARGEST) -> bool:
    """Whether these are the bytes of a whole JPEG of three components in YCbCr, every part of it in its place, of at
    most so many pixels.
    """
    if data[:2] != b"\xff\xd8" or data[-2:] != b"\xff\xd9":
        return False
    try:
        return _is_plain(data, most)
    except (IndexError, Unsound):
        return False


def _is_plain(data: bytes, most: int) -> bool:
    frame: bytes | None = None
    tables = 0
    components: set[int] = set()  # those that a scan has brought
    restarts = False
    left = marks(data)
    at = 2
    while data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        segment = data[at + 4 : at + 2 + length]
        if length < 2 or len(segment) != length - 2:
            return False
        at += 2 + length
        if marker == DHT:
            tables |= huffman_tables(segment)
        elif marker == DQT:
            tables |= quantization_tables(segment)
        elif marker == DRI:
            if len(segment) != 2:
                return False
            restarts = segment != b"\0\0"
        elif marker in FRAMES:
            if frame is not None or not is_frame(segment, most):
                return False
            frame = data[at - length - 1 : at - length] + segment[6:]
        elif marker == SOS:
            if frame is None or not is_scan(segment, frame, tables):
                return False
            brought = set(segment[1:-3:2])
            if frame[0] != PROGRESSIVE and brought & components:
                return False
            components |= brought
            at = after_scan(data, left, at, restarts)
            if data[at + 1] == EOI or (len(components) == 3 and frame[0] != PROGRESSIVE):
                return at + 2 == len(data) and len(components) == 3
        elif marker == APP14:
            if segment[:5] == b"Adobe" and (len(segment) < 12 or segment[11] != 1):
                return False  # Adobe's RGB, CMYK and YCCK
        elif not (0xE0 <= marker <= 0xEF or marker == COM):
            return False
    return False


def marks(data: bytes) -> Iterator[int]:
    """The marks of a file: each byte 255 that no 0 follows, which within entropy-coded data would make it a level."""
    return (at for at in range(len(data) - 1) if data[at] == 0xFF and data[at + 1] != 0)


def after_scan(data: bytes, left: Iterator[int], begin: int, restarts: bool) -> int:
    """Where the next segment begins behind the entropy-coded data at `begin`; Unsound for a restart out of turn."""
    turn = 0
    for at in left:
        if at >= begin:
            if not restarts or data[at + 1] != 0xD0 + turn % 8:
                return at
            turn += 1
    raise Unsound


def huffman_tables(segment: bytes) -> int:
    """A bit for each table of a segment: 4 for a DC table and 8 for an AC table, moved by its number. Unsound where one
    is none.
    """
    found = at = 0
    while at < len(segment):
        which, counts = segment[at], segment[at + 1 : at + 17]
        values = segment[at + 17 : at + 17 + sum(counts)]
        if which & 0xEC or len(counts) < 16 or not 0 < sum(counts) <= 256 or len(values) < sum(counts):
            raise Unsound
        if which < 16 and max(values) > 15:
            raise Unsound
        code = 0
        for length, count in enumerate(counts, 1):
            code += count
            if count and code > (1 << length) - 1:  # the code of ones alone is no code
                raise Unsound
            code *= 2
        at += 17 + sum(counts)
        found |= table_bit(AC if which & 16 else DC, which & 15)
    return found


def quantization_tables(segment: bytes) -> int:
    """A bit for each table of a segment: 0, moved by its number. Unsound where one is none."""
    found = at = 0
    while at < len(segment):
        wide, number = divmod(segment[at], 16)
        size = 64 << wide
        values = segment[at + 1 : at + 1 + size]
        if wide > 1 or number > 3 or len(values) < size or (0 in values and not wide):
            raise Unsound
        found |= table_bit(QUANTIZATION, number)
        at += 1 + size
    return found


def table_bit(kind: int, number: int) -> int:
    """What stands for one of the four tables of each kind in a sum of bits; none for a number that there is not."""
    return 1 << (kind + number) if number < 4 else 1 << 12


def is_frame(segment: bytes, most: int) -> bool:
    """Whether this is the header of a frame of three components of 8 bits, of at most so many pixels."""
    if len(segment) != 15 or segment[0] != 8 or segment[5] != 3:
        return False
    height, width = int.from_bytes(segment[1:3], "big"), int.from_bytes(segment[3:5], "big")
    across = [segment[n] >> 4 for n in (7, 10, 13)]
    down = [segment[n] & 15 for n in (7, 10, 13)]
    return (
        0 < height * width <= most
        and max(height, width) <= LONGEST
        and len({segment[6], segment[9], segment[12]}) == 3
        # libjpeg's limits: no component is enlarged by a fraction, and ten blocks are decoded together
        and all(1 <= factor <= 4 and max(factors) % factor == 0 for factors in (across, down) for factor in factors)
        and sum(a * d for a, d in zip(across, down, strict=True)) <= 10
    )


def is_scan(segment: bytes, frame: bytes, tables: int) -> bool:
    """Whether this is the header of a scan of the frame (its mark and its components), and the tables that it names are
    among those that there are.
    """
    count = segment[0]
    if not 1 <= count <= 3 or len(segment) != 4 + 2 * count or len(set(segment[1:-3:2])) != count:
        return False
    first, last, shifts = segment[-3:]
    progressive = frame[0] == PROGRESSIVE
    if progressive:
        high, low = divmod(shifts, 16)
        if not first <= last <= 63 or (first == 0) != (last == 0) or low > 13 or (high and high != low + 1):
            return False
        if first and count > 1:
            return False
    elif (first, last, shifts) != (0, 63, 0):
        return False
    components = {frame[1 + 3 * n]: frame[3 + 3 * n] for n in range(3)}
    for number, which in zip(segment[1:-3:2], segment[2:-3:2], strict=True):
        if number not in components:
            return False
        needed = table_bit(QUANTIZATION, components[number])
        if first == 0 and not (progressive and shifts >> 4):
            needed |= table_bit(DC, which >> 4)
        if last:
            needed |= table_bit(AC, which & 15)
        if needed & ~tables:
            return False
    return True
