"""A loader's position as plain values, and the way back to it."""

from collections.abc import Mapping
from typing import Any

from ..errors import StateError
from .epochs import EpochPlan, Schedule
from .iterator import Progress

VERSION = 1


def position_of(latest: Progress | None, schedule: Schedule, identity: dict[str, Any]) -> dict[str, Any]:
    """The state: the epoch, how many samples and turns of it have been received, and what its order is made from."""
    state: dict[str, Any] = {"version": VERSION, "loader": identity, "position": 0, "turn": 0, "skipped": []}
    state["batch_size"] = schedule.batch_size
    if latest is None or latest.finished:
        state |= {"epoch": schedule.present_epoch, "made_from": None}
    else:
        state |= {"epoch": latest.plan.epoch, "made_from": latest.plan.made_from}
        state |= {
            "position": latest.position,
            "turn": latest.turn,
            "skipped": [list(vars(item).values()) for item in latest.skipped],
        }
    if schedule.generator is not None:
        state["generator"] = schedule.generator.get_state().tolist()
    return state


def check_state(state: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
    """StateError unless the state was made by this version for such a loader; what differs is named."""
    if state.get("version") != VERSION:
        raise StateError(
            f"this is no state of a CorruptLoader of version {VERSION}: its version is {state.get('version')!r}"
        )
    saved = state["loader"]
    for name, value in identity.items():
        if plain(saved.get(name)) != plain(value):
            raise StateError(
                f"the state was saved with {name} {saved.get(name)!r}, and this loader has {value!r}; make the loader "
                "as it was, or leave "
                "the state out to begin the epoch again"
            )


def plain(value: Any) -> Any:
    """A value as JSON would give it back: tuples and lists are the same."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def resume_at(state: Mapping[str, Any], schedule: Schedule) -> dict[str, Any] | None:
    """What the next iteration resumes from; None between two epochs. Sets the schedule's epoch and generator."""
    if schedule.generator is not None and "generator" in state:
        import torch

        schedule.generator.set_state(torch.tensor(state["generator"], dtype=torch.uint8))
    schedule.set_epoch(state["epoch"])
    if state["made_from"] is None:
        return None
    if state["turn"] and state["batch_size"] != schedule.batch_size:
        raise StateError(
            f"the state lies between two conditions of a batch; continue with its batch_size {state['batch_size']}, "
            f"not {schedule.batch_size}"
        )
    resumed_plan(state, schedule)  # a position that does not fit is refused here, not at the next batch
    schedule.set_epoch(state["epoch"])
    return dict(state)


def resumed_plan(state: Mapping[str, Any], schedule: Schedule) -> tuple[EpochPlan, int, int]:
    """The rest of the state's epoch, and the position and turn at which it begins; the schedule is then at the next
    epoch.
    """
    plan = schedule.plan(state["epoch"], state["made_from"], state["position"])
    schedule.set_epoch(state["epoch"] + 1)
    return plan, state["position"], state["turn"]
