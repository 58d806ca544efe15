from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest

from qwem_tui.engine.frame import Frame
from qwem_tui.formats.snapshot.metrics_csv import write_metrics_csv
from tests.formats.snapshot.snapshots import frame

NAMES = ("capital-common", 'größe, "alle"')


def written(frames: Sequence[Frame], tau_1: float = 4.0) -> bytes:
    stream = io.BytesIO()
    write_metrics_csv(frames, NAMES, tau_1, stream)
    assert not stream.closed
    return stream.getvalue()


def test_golden_bytes() -> None:
    frames = [
        frame(0, None, None),
        frame(3, [0.1, float("nan")], 0.1),
        frame(5, [0.0, 1.0], float("nan"), loss=float("inf")),
    ]
    assert written(frames).decode() == (
        "step,t,t_over_tau1,loss,modes_learned,effective_rank,participation_ratio,overall_accuracy,"
        'accuracy[capital-common],"accuracy[größe, ""alle""]",s1,s2\r\n'
        "0,0.0,0.0,0.25,1,1.5,1.25,,,,0.3333333333333333,0.0001\r\n"
        "3,0.30000000000000004,0.07500000000000001,0.25,1,1.5,1.25,0.1,0.1,,0.3333333333333333,0.0001\r\n"
        "5,0.5,0.125,inf,1,1.5,1.25,,0.0,1.0,0.3333333333333333,0.0001\r\n"
    )


def test_csv_readers_find_every_number_again() -> None:
    frames = [frame(step, [1 / 3, 2 / 3], 0.1 + 0.2) for step in range(5)]
    rows = list(csv.DictReader(io.StringIO(written(frames, 0.7).decode(), newline=""), strict=True))
    for row, expected in zip(rows, frames, strict=True):
        assert int(row["step"]) == expected.step
        assert float(row["t"]) == expected.t
        assert float(row["t_over_tau1"]) == expected.t / 0.7
        assert float(row['accuracy[größe, "alle"]']) == 2 / 3
        assert float(row["overall_accuracy"]) == 0.1 + 0.2
        assert float(row["s1"]) == 1 / 3


def test_no_frames_leave_a_header() -> None:
    assert written([]).count(b"\r\n") == 1


def test_accuracies_of_other_categories_are_refused() -> None:
    with pytest.raises(ValueError, match="step 7 has 3 accuracies for 2 categories"):
        written([frame(7, [0.0, 0.0, 0.0], 0.0)])
