"""What a check has found so far, in a JSON file that is whole at every moment."""

import json
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class Result:
    """Results by part. Every one is written at once: what ends the check, be it a kill, loses nothing of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, Any] = {"errors": []}

    def set(self, part: str, value: Any) -> None:
        """One value."""
        self.found[part] = value
        self.write()

    def add(self, part: str, row: Any) -> None:
        """One more row of a list."""
        self.found.setdefault(part, []).append(row)
        self.write()

    def write(self) -> None:
        """The file, whole or as it was."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.found, indent=1, default=str) + "\n", encoding="utf-8")
        part.replace(self.path)


@dataclass
class Check:
    """What the parts share.

    Args:
        cupy: the library, or what stands in for it.
        textures: which of frost's are there.
        result: where the rows go.
        deadline: the moment, of time.monotonic(), at which the present part must end.
        state: what one part leaves for another.
    """

    cupy: Any
    textures: str
    result: Result
    deadline: float = float("inf")
    state: dict[str, Any] = field(default_factory=dict)

    def over(self) -> bool:
        """Whether the present part's time is up."""
        return time.monotonic() > self.deadline

    def left(self) -> float:
        """Seconds of the present part."""
        return max(0.0, self.deadline - time.monotonic())


Part = tuple[str, Callable[[Check], Iterator[Any]], float]
"""(name, what yields its rows, the share of the time that it may take)."""


def run_parts(check: Check, parts: list[Part], seconds: float, after: Callable[[], None] = lambda: None) -> None:
    """Every part, whatever became of those before it; then `after`. Time that is left over goes to the later parts."""
    end = time.monotonic() + seconds
    shares = [share for _, _, share in parts]
    for k, (name, function, share) in enumerate(parts):
        now = time.monotonic()
        check.deadline = now + max(0.0, end - now) * share / sum(shares[k:])
        print(f"\n{name}: at most {check.deadline - now:.0f} s", flush=True)
        try:
            for row in function(check):
                check.result.add(name, row)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a part that fails says so, and the next one begins
            found = traceback.format_exc()
            print(f"  FAILED: {type(error).__name__}: {error}", flush=True)
            check.result.add("errors", {"part": name, "error": found})
        check.result.set("seconds", {**check.result.found.get("seconds", {}), name: round(time.monotonic() - now, 1)})
        after()
