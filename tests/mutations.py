"""Files that are nearly right: cut off, with flipped bits, spliced, with parts exchanged, repeated or left out."""

import random

ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82", "GIF": b";", "BMP": b"", "TIFF": b"", "WEBP": b""}


def pieces(data, kind):
    """The parts that a file of this kind is made of, which together are the file."""
    at, found = {"JPEG": 2, "PNG": 8, "WEBP": 12}.get(kind), [0]
    if at is None:
        return [data[n : n + 16] for n in range(0, len(data), 16)]
    while at < len(data):
        found.append(at)
        if kind == "JPEG":
            if data[at + 1] in (0xDA, 0xD9) or data[at] != 0xFF:
                break
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        elif kind == "PNG":
            at += 12 + int.from_bytes(data[at : at + 4], "big")
        else:
            at += 8 + int.from_bytes(data[at + 4 : at + 8], "little")
    return [data[begin:end] for begin, end in zip(found, [*found[1:], len(data)], strict=True)]


def flipped(chance, data, most=20):
    """With 1 to `most` bits changed."""
    data = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5, most])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def truncated(chance, data):
    return data[: chance.randrange(len(data))]


def mutated(chance, files):
    """One of `files`, {kind: [bytes]}, changed in one of ten ways by `chance`, a random.Random; its kind and bytes."""
    kind = chance.choice(list(files))
    data = chance.choice(files[kind])
    parts = pieces(data, kind)
    way = chance.randrange(10)
    if way == 0:
        return kind, truncated(chance, data)
    if way == 1:
        return kind, truncated(chance, data) + ENDS[kind]
    if way in (2, 3):
        return kind, flipped(chance, data)
    if way == 4:  # in what says how to read the rest
        at = chance.randrange(min(len(data), 700))
        return kind, data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
    if way == 5:
        other = chance.choice(files[chance.choice([kind, kind, *files])])
        return kind, data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :]
    if way == 6:
        a, b = chance.choices(range(len(parts)), k=2)
        parts[a], parts[b] = parts[b], parts[a]
        return kind, b"".join(parts)
    if way == 7:
        at = chance.randrange(len(parts))
        return kind, b"".join([*parts[:at], *chance.choice([[], [parts[at]] * 2]), *parts[at + 1 :]])
    if way == 8:
        at = chance.randrange(len(data))
        end = at + chance.choice([1, 2, 10, 300])
        return kind, data[:at] + chance.choice([b"", 2 * data[at:end]]) + data[end:]
    at = chance.randrange(2, len(data))
    return kind, data[:at] + b"\xff" + bytes([chance.randrange(256)]) + data[at + 2 :]


def mutations(files, count, seed):
    """`count` of them, the same for a seed: (kind, bytes) each."""
    chance = random.Random(seed)
    return [mutated(chance, files) for _ in range(count)]
