"""The tightest place of a limit, in a plan that is replayed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.proving.replay_frames import FloatArray


@dataclass(frozen=True)
class LimitReplay:
    """The tightest place of one kind of limit.

    name : the kind, in words. slack : how far the plan stays within it there, negative when it breaks it. [unit]
    unit : MW, critical MW, USD million, EH/s or months. level : the limit there. [unit] where : the place, in words.
    """

    name: str
    slack: float
    unit: str
    level: float
    where: str


def tightest(
    name: str, slack: FloatArray, unit: str, level: FloatArray, words: Callable[..., str]
) -> list[LimitReplay]:
    """The place of least slack, if there is any place at all; `words` names it from its position."""
    if slack.size == 0:
        return []
    place = np.unravel_index(int(np.argmin(slack)), slack.shape)
    at = np.broadcast_to(level, slack.shape)[place]
    return [LimitReplay(name, float(slack[place]), unit, float(at), words(*(int(part) for part in place)))]
