"""A loader's position as plain values, and the way back to it."""

from collections.abc import Mapping
from typing import Any

from ..errors import CorruptEngineError, OptionError, StateError
from ..runtime.checks import check_count
from .epochs import EpochPlan, Schedule
from .iterator import Progress
from .samples import Skipped

VERSION = 2
BEFORE_THE_FIRST = {"position": 0, "turn": 0, "begun": 0, "finished": False, "skipped": []}
"""Where an epoch has not begun. "begun" is the size of a batch of which some turns, but not all, are done."""


def position_of(latest: Progress | None, schedule: Schedule, identity: dict[str, Any]) -> dict[str, Any]:
    """The state: the epoch, how many samples and turns of it have been received, and what its order is made from.

    After the last batch that is the end of this epoch; once the iterator has said that there is none, the next epoch.
    """
    state: dict[str, Any] = {"version": VERSION, "loader": identity, **BEFORE_THE_FIRST, "skipped": []}
    if latest is None or latest.over:
        state |= {"epoch": schedule.present_epoch, "made_from": None}
    elif latest.plan.made_from is None:
        raise StateError(
            "the sampler gives more than its len(), or has none: its order may have no end, so a position in it cannot "
            "be saved; take the state between two epochs, or use a sampler whose len() is the number of its samples"
        )
    else:
        state |= {"epoch": latest.plan.epoch, "made_from": latest.plan.made_from}
        state |= {"position": latest.position, "turn": latest.turn, "begun": latest.begun}
        state |= {"finished": latest.finished, "skipped": [list(item) for item in latest.skipped]}
    if schedule.generator is not None:
        state["generator"] = schedule.generator.get_state().tolist()
    return state


def check_state(state: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
    """StateError unless the state was made by this version for such a loader; what differs is named."""
    if not isinstance(state, Mapping):
        raise StateError(f"this is no state of a CorruptLoader, but {type(state).__name__}")
    if state.get("version") != VERSION:
        raise StateError(
            f"this is no state of a CorruptLoader of version {VERSION}: its version is {state.get('version')!r}"
        )
    saved = state.get("loader")
    if not isinstance(saved, Mapping):
        raise StateError("this is no state of a CorruptLoader: it does not say of which")
    for name in {**identity, **saved}:
        value = identity.get(name)
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


def resume_at(state: Mapping[str, Any], schedule: Schedule, turns: int) -> dict[str, Any] | None:
    """What the next iteration resumes from; None between two epochs. Sets the schedule's epoch and generator, or
    neither where the state is refused.
    """
    check_numbers(state, schedule, turns)
    set_generator(state, schedule)
    schedule.set_epoch(state["epoch"])
    return None if state["made_from"] is None else dict(state)


def check_numbers(state: Mapping[str, Any], schedule: Schedule, turns: int) -> None:
    """StateError unless every value of a state is one that such a loader has somewhere in an epoch."""
    try:
        for name in ("epoch", "position", "turn", "begun"):
            check_count(f"its {name}", state[name], 0)
        if not isinstance(state["finished"], bool):
            raise OptionError(f"its finished {state['finished']!r} is neither true nor false")
        if state["turn"] >= turns or bool(state["turn"]) != bool(state["begun"]):
            raise OptionError(f"it is in turn {state['turn']} of {turns} of a batch of {state['begun']}")
        skipped = [Skipped(*item) for item in state["skipped"]]
        for item in skipped:
            check_count("a skipped sample", item.id, 0)
        if state["made_from"] is not None:
            check_order(state["made_from"], schedule)
            made_plan(state, schedule)
        elif any(state[name] != value for name, value in BEFORE_THE_FIRST.items()):
            raise OptionError("it has a position, and no order in which to find it")
    except StateError:
        raise
    except (CorruptEngineError, KeyError, TypeError) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise StateError(f"this is no position of a CorruptLoader: {reason}") from error


def check_order(made_from: Mapping[str, Any], schedule: Schedule) -> None:
    """OptionError unless the order is of the schedule's kind: a number, or whole numbers of samples."""
    name = "drawn" if schedule.own else "ids" if schedule.given_batch_sampler is None else "batches"
    for item in [made_from[name]] if name == "drawn" else made_from[name]:
        for number in item if name == "batches" else (item,):
            check_count(f"its {name}", number, 0)


def set_generator(state: Mapping[str, Any], schedule: Schedule) -> None:
    """Put the schedule's generator, if it has one, where the state's was; StateError for what no generator says."""
    if schedule.generator is not None and "generator" in state:
        import torch

        try:
            schedule.generator.set_state(torch.tensor(state["generator"], dtype=torch.uint8, device="cpu"))
        except (TypeError, ValueError, RuntimeError) as error:
            raise StateError(f"this is no position of a CorruptLoader: its generator: {error}") from error


def made_plan(state: Mapping[str, Any], schedule: Schedule) -> EpochPlan:
    """The rest of the state's epoch."""
    return schedule.plan(
        state["epoch"], state["made_from"], state["position"], begun=state["begun"], finished=state["finished"]
    )


def resumed(state: Mapping[str, Any], schedule: Schedule, turns: int) -> Progress:
    """The progress of the state's epoch from where it was; the schedule is then at the next epoch."""
    plan = made_plan(state, schedule)
    schedule.set_epoch(state["epoch"] + 1)
    skipped = [Skipped(*item) for item in state["skipped"]]
    return Progress(plan, turns, state["position"], state["turn"], skipped, state["begun"])
