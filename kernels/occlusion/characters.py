"""characters: see the function."""

import itertools
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import cpu, scalar
from ..primitives.pixelwise import PixelFunction
from ..registry import corruption

FEWEST, SMALLEST = 3, 14  # letters of a word, hundredths of the scale
MARGIN = 10  # pixels from the left and from the upper and lower edge to where a word may begin
ROOM = 8  # pixels that a word needs to its right for each letter
UNIT = 5.0  # strokes are given in such parts of a letter's width at scale 1, in pixels
ADVANCE = 4  # from one letter to the next, in units
HALF_STROKE = 0.5  # pixels

# Each letter as lines between points, column then row, in units: columns 0 to 3, rows 0 (top of an l) to 6 (foot of a
# p); the small letters stand between rows 2 and 4.
STROKES = {
    "a": ["02 22 24 04 03 23"],
    "b": ["00 04 24 22 02"],
    "c": ["22 02 04 24"],
    "d": ["20 24 04 02 22"],
    "e": ["03 23 22 02 04 24"],
    "f": ["20 10 14", "02 22"],
    "g": ["24 04 02 22 26 06"],
    "h": ["00 04", "02 22 24"],
    "i": ["12 14", "10 11"],
    "j": ["12 16 06", "10 11"],
    "k": ["00 04", "22 03 24"],
    "l": ["10 14"],
    "m": ["04 02 32 34", "12 14"],
    "n": ["04 02 22 24"],
    "o": ["02 22 24 04 02"],
    "p": ["06 02 22 24 04"],
    "q": ["26 22 02 04 24"],
    "r": ["04 02 22"],
    "s": ["22 02 03 23 24 04"],
    "t": ["10 14 24", "02 22"],
    "u": ["02 04 24 22"],
    "v": ["02 14 22"],
    "w": ["02 04 12 24 32"],
    "x": ["02 24", "22 04"],
    "y": ["02 14", "22 06"],
    "z": ["02 22 04 24"],
}
LINES = 6  # of a letter at most


def letter_lines() -> np.ndarray:
    """(26, 6, 4) float64: the lines of each letter, from (y, x) to (y, x) in units with row 4 at 0; (0, 0, 0, 0) where
    it has fewer.
    """
    table = np.zeros((len(STROKES), LINES, 4))
    for letter, strokes in enumerate(STROKES.values()):
        points = [[(int(at[1]) - 4, int(at[0])) for at in stroke.split()] for stroke in strokes]
        lines = [(*a, *b) for stroke in points for a, b in itertools.pairwise(stroke)]
        table[letter, : len(lines)] = lines
    return table


TABLE = letter_lines()


class Words(NamedTuple):
    """Parameters of characters."""

    words: int  # most of them
    letters: int  # of a word, most of them
    scale: float  # largest size; at 1 a letter takes 20 pixels


def draws(p: Words, height: int, width: int) -> dict[str, Draw]:
    """How many words; of each the letters and how many, the scale in hundredths, the place where its line begins (y, x)
    as a share of the room there is, and the colour.
    """
    most, letters = max(1, p.words), max(FEWEST, p.letters)
    return {
        "count": integers(min(1, p.words), p.words + 1, on_host=True),
        "length": integers(FEWEST, letters + 1, most, on_host=True),
        "letter": integers(0, len(STROKES), most, letters, on_host=True),
        "scale": integers(SMALLEST, max(SMALLEST, int(100 * p.scale + 1e-9)) + 1, most, on_host=True),
        "place": uniform(0.0, 1.0, most, 2, on_host=True),
        "color": integers(0, 256, most, 3, on_host=True),
    }


@cpu
def write(opacity, color, letters, starts, units, colors, table):
    """The lines of all letters into opacity (N, H, W) float32, 0 to 1, and color (N, H, W) int32: what covers more of a
    pixel is seen. letters (N, K), -1 for none; starts (N, K, 2) and units (N, K) in pixels; colors (N, K).
    """
    height, width = opacity.shape[1:]
    for n in range(letters.shape[0]):
        for k in range(letters.shape[1]):
            if letters[n, k] < 0:
                continue
            unit = units[n, k]
            for y0, x0, y1, x1 in table[letters[n, k]]:
                if y0 == y1 and x0 == x1:
                    continue
                top, left = starts[n, k, 0] + unit * y0, starts[n, k, 1] + unit * x0
                down, aside = unit * (y1 - y0), unit * (x1 - x0)
                square = down * down + aside * aside
                highest, lowest = min(top, top + down), max(top, top + down)
                leftmost, rightmost = min(left, left + aside), max(left, left + aside)
                for y in range(max(int(highest) - 1, 0), min(int(lowest) + 2, height)):
                    for x in range(max(int(leftmost) - 1, 0), min(int(rightmost) + 2, width)):
                        v, u = y + 0.5 - top, x + 0.5 - left
                        along = min(max((v * down + u * aside) / square, 0.0), 1.0)
                        v, u = v - along * down, u - along * aside
                        covered = np.float32(min(max(HALF_STROKE + 0.5 - np.sqrt(v * v + u * u), 0.0), 1.0))
                        if covered > opacity[n, y, x]:
                            opacity[n, y, x], color[n, y, x] = covered, colors[n, k]


@scalar
def mixed(level, ink, opacity):
    """A level under ink of an opacity, rounded half up."""
    below = np.float32(level)
    return np.uint8(below + opacity * (np.float32(ink) - below) + np.float32(0.5))


@PixelFunction
def written(src, n, y, x, opacity, color):
    """What is written, over the image."""
    through, ink = opacity[n, y, x], color[n, y, x]
    return (
        mixed(src[n, y, x, 0], (ink >> 16) & 255, through),
        mixed(src[n, y, x, 1], (ink >> 8) & 255, through),
        mixed(src[n, y, x, 2], ink & 255, through),
    )


@corruption(Words, identity={"words": 0}, draws=draws)
def characters(ops: Any, src: Any, dst: Any, p: Words, d: Any) -> None:
    """Up to a number of words of random small letters in random colours at random places, in lines a pixel wide and
    smooth at their edges: what a device writes into its images.

    A letter takes some 3 pixels at the published scales, and is seen as such by nobody.
    Source: Di Salvo et al. 2024 (arXiv:2406.17536), characters.
    Differs from the published set in the letters, which are our own, of straight lines and equally wide; there they are
    the Hershey font of OpenCV. Of two lines over a pixel the one that covers more of it is seen.
    """
    count, height, width = src.shape[:3]
    opacity, color = np.zeros((count, height, width), np.float32), np.zeros((count, height, width), np.int32)
    words, letters = d.letter.shape[1:]
    number = np.arange(letters)
    shown = (np.arange(words)[:, None] < d.count[:, None, None]) & (number < d.length[..., None])
    unit = UNIT * d.scale / 100.0
    least = np.array([MARGIN, MARGIN])
    most = np.stack([0 * d.length + height - MARGIN, width - ROOM * d.length], axis=-1)
    room = np.maximum(most - least, 0)  # where there is none a word begins at the margin, cut off by the image's edges
    start = np.minimum(least, (height, width)) + np.floor(d.place * (room + 1))
    starts = np.empty((count, words, letters, 2))
    starts[..., 0] = start[..., :1]
    starts[..., 1] = start[..., 1:] + ADVANCE * unit[..., None] * number
    inks = (d.color[..., 0] << 16) + (d.color[..., 1] << 8) + d.color[..., 2]
    by_letter = (np.where(shown, d.letter, -1), unit[..., None], inks[..., None])
    letter, units, colors = (np.array(np.broadcast_to(part, shown.shape)).reshape(count, -1) for part in by_letter)
    write(opacity, color, letter, starts.reshape(count, -1, 2), units, colors, TABLE)
    ops.pixelwise(written, src, dst, ops.upload(opacity), ops.upload(color))
