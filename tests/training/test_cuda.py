"""The same numbers on a GPU as on the CPU. Skips where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from qwem_tui.base.names import TRAINERS, TrainerName
from qwem_tui.base.progress import Silent
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.trainers import make_trainer, set_up
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.predict import predict
from qwem_tui.study.prediction import PredictConfig
from qwem_tui.study.study import gather
from qwem_tui.theory.spectrum import top_eigenpairs
from tests.engine.waiting import config_for, finished
from tests.training.small import small_target

CPU, CUDA = torch.device("cpu"), torch.device("cuda")

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no CUDA device here")


@pytest.mark.parametrize("dense_up_to", [1600, 0])
def test_the_spectrum(dense_up_to: int) -> None:
    target = small_target()
    on_cpu = top_eigenpairs(target, 8, CPU, dense_up_to=dense_up_to)
    on_gpu = top_eigenpairs(target.to(CUDA, torch.float64), 8, CUDA, dense_up_to=dense_up_to)
    torch.testing.assert_close(on_gpu.eigenvalues.cpu(), on_cpu.eigenvalues, rtol=1e-9, atol=0)
    torch.testing.assert_close(on_gpu.vectors.cpu(), on_cpu.vectors, rtol=0, atol=1e-6)
    assert on_gpu.lambda_min == pytest.approx(on_cpu.lambda_min, rel=1e-9)


def test_the_prediction(text_file: Path) -> None:
    config = PredictConfig(StudyConfig((str(text_file),), dim=8, window=8))
    on_cpu, on_gpu = (predict(config, device, Silent()) for device in (CPU, CUDA))
    np.testing.assert_allclose(on_gpu.eigenvalues, on_cpu.eigenvalues, rtol=1e-6)
    assert on_gpu.expected_steps == on_cpu.expected_steps


@pytest.mark.parametrize("trainer", TRAINERS)
def test_every_trainer(text_file: Path, trainer: TrainerName) -> None:
    config = StudyConfig((str(text_file),), dim=4, window=8, trainer=trainer, precision="float64")
    ends = []
    for device in (CPU, CUDA):
        study = set_up(gather(config, device, Silent()), config, Silent())
        made = make_trainer(study)
        for _ in range(10):
            made.step()
        measured = made.measure()
        ends.append((made.W.cpu(), measured.gram, measured.loss))
        state = made.state_dict()
        assert all(not tensor.is_cuda for tensor in state.values())
        again = make_trainer(study)
        again.load_state_dict(state)
        assert again.W.device.type == device.type
        made.close()
        again.close()
    torch.testing.assert_close(ends[1][0], ends[0][0], rtol=1e-6, atol=1e-12)
    torch.testing.assert_close(ends[1][1], ends[0][1], rtol=1e-6, atol=1e-12)
    assert ends[1][2] == pytest.approx(ends[0][2], rel=1e-6)


def test_a_whole_run(text_file: Path) -> None:
    config = config_for(text_file)
    on_gpu, on_cpu = (finished(LiveRun(replace(config, device=device))).snapshot(0) for device in ("cuda", "cpu"))
    assert on_gpu is not None
    assert on_cpu is not None
    assert abs(on_gpu.step - on_cpu.step) <= 1
