"""What every trainer can do, so that nobody who uses one needs to know which it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch

from qwem_tui.base.names import TrainerName


@dataclass(frozen=True)
class Measurement:
    """The state of W measured: its Gram matrix W^T W `gram` (d, d), float64 on the CPU, and the trainer's `loss`."""

    gram: torch.Tensor
    loss: float


@dataclass(frozen=True)
class Memento:
    """A moment of a trainer: its embeddings (V, d) and its clock."""

    W: torch.Tensor
    clock: dict[str, torch.Tensor]

    @property
    def steps(self) -> int:
        """Return the number of steps that had been taken."""
        return int(self.clock["steps"])


class Trainer(Protocol):
    """One run's state and the step that takes it on."""

    @property
    def name(self) -> TrainerName:
        """Return which of the trainers this is."""

    @property
    def W(self) -> torch.Tensor:
        """Return the embeddings (V, d) as they are now; later steps do not change this tensor."""

    @property
    def steps(self) -> int:
        """Return the number of steps taken."""

    @property
    def t(self) -> float:
        """Return the time reached: the sum of the step sizes of the steps taken."""

    @property
    def step_size(self) -> float:
        """Return how much t grows in a step."""

    @step_size.setter
    def step_size(self, step_size: float) -> None:
        """Use `step_size` from the next step on; t continues from where it is."""

    def step(self) -> None:
        """Take one step."""

    def measure(self) -> Measurement:
        """Return the Gram matrix and the loss of W as it is now."""

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return all that is needed to continue from here, bit for bit on a CPU: contiguous tensors on the CPU.

        `W` (V, d) in the precision of the run; numbers are 0-d tensors, float64 or int64. What the trainer was made
        from (target, corpus, seed, batch size) is not among them.
        """

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Stand where `state`, of a trainer made from the same things, was taken.

        Raises ValueError, and changes nothing, where a key is missing or unknown, or a shape or dtype is another one.
        """

    def remember(self) -> Memento:
        """Return where the trainer stands; costs nothing, and is for `return_to` of this very trainer."""

    def return_to(self, memento: Memento) -> None:
        """Stand where `memento` was taken."""

    def close(self) -> None:
        """Stop whatever works in the background; a trainer can still step after it, only more slowly."""


class Clock:
    """Counts steps and the time that they make, at a step size that may change on the way.

    t is reckoned from the last change of the step size: under a constant one it is steps times step size to the bit,
    not a sum with a rounding error a step.
    """

    def __init__(self, step_size: float) -> None:
        """Begin at step 0 and t = 0."""
        self.steps = 0
        self._step_size = step_size
        self._changed_step = 0
        self._changed_t = 0.0

    @property
    def t(self) -> float:
        """Return the sum of the step sizes of the steps so far."""
        return self._changed_t + (self.steps - self._changed_step) * self._step_size

    def tick(self, share: float = 1.0) -> None:
        """Count one more step, of this share of the step size."""
        t = self.t
        self.steps += 1
        if share != 1.0:
            self._changed_step, self._changed_t = self.steps, t + share * self._step_size

    @property
    def step_size(self) -> float:
        """Return the step size of the next step."""
        return self._step_size

    @step_size.setter
    def step_size(self, step_size: float) -> None:
        if step_size != self._step_size:
            self._changed_t, self._changed_step = self.t, self.steps
            self._step_size = step_size

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return the clock as 0-d tensors."""
        return {
            "steps": torch.tensor(self.steps, dtype=torch.int64),
            "step_size": torch.tensor(self._step_size, dtype=torch.float64),
            "changed_step": torch.tensor(self._changed_step, dtype=torch.int64),
            "changed_t": torch.tensor(self._changed_t, dtype=torch.float64),
        }

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Stand where `state` was taken; keys beyond those of `state_dict` are left alone."""
        self.steps = int(state["steps"])
        self._step_size = float(state["step_size"])
        self._changed_step = int(state["changed_step"])
        self._changed_t = float(state["changed_t"])


def _checked(state: dict[str, torch.Tensor], own: dict[str, torch.Tensor]) -> None:
    """Raise ValueError, with a sentence, where `state` does not have the keys, shapes and dtypes of `own`."""
    missing, unknown = own.keys() - state.keys(), state.keys() - own.keys()
    if missing or unknown:
        parts = [f"lacks {', '.join(sorted(missing))}"] if missing else []
        parts += [f"has unknown {', '.join(sorted(unknown))}"] if unknown else []
        raise ValueError(f"This is not the state of such a trainer: it {' and '.join(parts)}.")
    for key, mine in own.items():
        theirs = state[key]
        if theirs.shape != mine.shape or theirs.dtype != mine.dtype:
            raise ValueError(
                f"The state is of another run: its {key} is {tuple(theirs.shape)} {theirs.dtype}, not "
                f"{tuple(mine.shape)} {mine.dtype}."
            )


class Descent:
    """What all trainers share: embeddings, a clock, and the state that both make up."""

    def __init__(self, W0: torch.Tensor, step_size: float) -> None:
        """Start at `W0` (V, d)."""
        self._W = W0
        self._clock = Clock(step_size)

    @property
    def W(self) -> torch.Tensor:
        """Return the embeddings (V, d) as they are now; later steps do not change this tensor."""
        return self._W

    @property
    def steps(self) -> int:
        """Return the number of steps taken."""
        return self._clock.steps

    @property
    def t(self) -> float:
        """Return the time reached: the sum of the step sizes of the steps taken."""
        return self._clock.t

    @property
    def step_size(self) -> float:
        """Return eta, by which t grows in a step."""
        return self._clock.step_size

    @step_size.setter
    def step_size(self, step_size: float) -> None:
        self._clock.step_size = step_size

    def _advance(self, W: torch.Tensor, share: float = 1.0) -> None:
        """Take `W` as the embeddings after one more step, of this share of the step size."""
        self._W = W
        self._clock.tick(share)
        self._moved()

    def _moved(self) -> None:
        """Forget what was worked out of the embeddings before."""

    def remember(self) -> Memento:
        """Return where the trainer stands: no step changes a tensor that was handed out."""
        return Memento(self._W, self._clock.state_dict())

    def return_to(self, memento: Memento) -> None:
        """Stand where `memento` was taken."""
        self._W = memento.W
        self._clock.load_state_dict(memento.clock)
        self._moved()

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return `W` (V, d) and the clock, on the CPU: all else follows from the number of steps."""
        return {"W": self._W.detach().to("cpu", copy=True).contiguous(), **self._clock.state_dict()}

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Stand where `state` was taken; raises ValueError, and changes nothing, where it is another trainer's."""
        _checked(state, self.state_dict())
        self._W = state["W"].to(self._W.device, copy=True)
        self._clock.load_state_dict(state)
        self._moved()

    def close(self) -> None:
        """Do nothing: nothing works in the background."""
