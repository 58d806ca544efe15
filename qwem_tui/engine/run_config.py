"""What a run studies, and where it computes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from qwem_tui.base.errors import SettingError, UsageError
from qwem_tui.base.threads import core_count
from qwem_tui.engine.run_folder.checkpoints import MOST_BYTES
from qwem_tui.engine.run_folder.reader import ResumePoint, RunRecord
from qwem_tui.study.config import StudyConfig

#: Multiplications a product with M* below which one thread is fastest.
_ONE_THREAD_BELOW = 3e7


@dataclass(frozen=True)
class RunConfig:
    """A run: what it studies and where it computes.

    `training_threads` None leaves all cores but `spare_cores` to training. `paced_seconds` slows the run down so that
    learning all modes takes about so long; what is left until the loss has settled goes at full speed. Checkpoints may
    take `keep_bytes` on disk.
    """

    study: StudyConfig
    device: str = "auto"
    training_threads: int | None = None
    spare_cores: int = 0
    paced_seconds: float | None = None
    keep_bytes: int = MOST_BYTES

    def threads(self, size: int, dim: int) -> int:
        """Return how many threads to train (size, dim) embeddings with on the CPU; several only slow tiny ones down."""
        if self.training_threads is not None:
            return self.training_threads
        return 1 if size * size * dim < _ONE_THREAD_BELOW else max(1, core_count() - self.spare_cores)


def resumed_config(record: RunRecord, resume_point: ResumePoint, steps: int | None, spare_cores: int = 0) -> RunConfig:
    """Return the configuration that resumes `record` at `resume_point`; `steps` is a new limit on its steps.

    Raises UsageError where its corpus came from a pipe, or it has taken more than `steps`.
    """
    if "-" in record.study.sources:
        raise UsageError(
            "The corpus of this run came from a pipe and is gone: it cannot be continued; begin a new run."
        )
    study = record.study if steps is None else replace(record.study, steps=steps)
    reached = resume_point.checkpoint.step
    if steps is not None and steps < reached:
        needed = f"the run is at step {reached:,} already; give a larger number."
        raise SettingError("steps", f"{steps:,}", needed)
    device = record.device.partition(":")[0]
    return RunConfig(
        study,
        device=device,
        training_threads=record.threads,
        spare_cores=spare_cores,
        # 0 is what earlier versions wrote for less than a byte
        keep_bytes=max(1, record.keep_bytes),
    )
