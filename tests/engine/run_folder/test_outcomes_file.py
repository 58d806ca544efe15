"""outcomes.bin: written and read back, torn, of another run, rewound; and of whole runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import Analogies, attempt
from qwem_tui.base.errors import QwemError, worded
from qwem_tui.engine.goals import StepReached
from qwem_tui.engine.live_run import LiveRun, branch_of
from qwem_tui.engine.question_log import QuestionLog
from qwem_tui.engine.run_folder.forecast_file import read_forecast
from qwem_tui.engine.run_folder.outcomes_file import OutcomesFile, OutcomesTail, read_outcomes
from qwem_tui.engine.run_folder.reader import read_record
from tests.engine.conftest import Runs
from tests.engine.waiting import finished, left

Records = list[tuple[int, list[bool]]]


def asked(words: int = 5) -> Analogies:
    """Questions of so many word pairs: words * (words - 1) of them."""
    names = [f"word{number}" for number in range(2 * words)]
    pairs = list(zip(names[::2], names[1::2], strict=True))
    questions = tuple((*first, *second) for first in pairs for second in pairs if first != second)
    return attempt([Category("pairs", questions)], {name: row for row, name in enumerate(names)}, "questions")


ASKED = asked()
N = len(ASKED.questions)
rows = st.lists(st.booleans(), min_size=N, max_size=N)


def records(log: QuestionLog | None) -> Records:
    assert log is not None
    return [(step, correct.tolist()) for step, correct in log.outcomes().records()]


def read(path: Path, analogies: Analogies = ASKED) -> Records:
    return records(read_outcomes(path, analogies, 2**40))


def row(seed: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.random.default_rng(seed).random(N) < 0.5


def written(path: Path, steps: range) -> None:
    file = OutcomesFile(path, ASKED)
    for step in steps:
        file.write(step, row(step))
    file.close()


@given(given_rows=st.lists(st.tuples(st.integers(0, 9), rows), max_size=12), cut=st.integers(0, 11))
def test_what_is_read_is_what_a_log_has(
    tmp_path_factory: pytest.TempPathFactory, given_rows: Records, cut: int
) -> None:
    path, log = tmp_path_factory.mktemp("run"), QuestionLog(N)
    file = OutcomesFile(path, ASKED)
    for step, correct in given_rows:
        file.write(step, np.array(correct))
        log.append(step, np.array(correct))
    file.close()
    assert (path / "outcomes.bin").stat().st_size == 32 + len(given_rows) * (8 + 3)
    # a record that was cut off is passed over by a reader, and dropped by whoever continues
    with (path / "outcomes.bin").open("ab") as torn:
        torn.write(b"\1" * min(cut, 10))
    assert read(path) == records(log)
    again = OutcomesFile(path, ASKED, rewound_to=4)
    log.rewind(4)
    assert read(path) == records(log)
    again.write(7, row(7))
    log.append(7, row(7))
    again.close()
    assert read(path) == records(log)
    assert records(read_outcomes(path, ASKED, 6)) == [record for record in records(log) if record[0] <= 6]


def test_records_are_as_the_documents_say(tmp_path: Path) -> None:
    written(tmp_path, range(3, 4))
    data = (tmp_path / "outcomes.bin").read_bytes()
    assert data[:16] == b"qwem-outcomes/1\n"
    assert int.from_bytes(data[16:24], "little") == N == 20
    assert int.from_bytes(data[32:40], "little") == 3
    bits = int.from_bytes(data[40:], "little")
    assert [bits >> question & 1 for question in range(N)] == row(3).astype(int).tolist()


def test_a_reader_follows_the_writer(tmp_path: Path) -> None:
    tail = OutcomesTail(tmp_path, ASKED)
    assert not tail.advance()
    assert (tail.log, tail.problem) == (None, None)
    file = OutcomesFile(tmp_path, ASKED)
    for step in range(3):
        file.write(step, row(step))
        tail.advance()
        assert [record[0] for record in records(tail.log)] == list(range(step + 1))
    # removed, and made again from memory
    (tmp_path / "outcomes.bin").rename(tmp_path / "gone")
    assert not file.intact
    log = QuestionLog(N)
    log.append(8, row(8))
    file.make_again(log.outcomes())
    assert file.intact
    tail.advance()
    assert records(tail.log) == [(8, row(8).tolist())]
    file.close()


@pytest.mark.parametrize("other", [asked(4), Analogies(**{**vars(ASKED), "questions": ASKED.questions[::-1]})])
def test_a_file_of_other_questions_is_refused_and_left_alone(tmp_path: Path, other: Analogies) -> None:
    written(tmp_path, range(3))
    before = (tmp_path / "outcomes.bin").read_bytes()
    with pytest.raises(QwemError, match="of other questions"):
        OutcomesFile(tmp_path, other, rewound_to=2)
    tail = OutcomesTail(tmp_path, other)
    assert not tail.advance()
    assert tail.log is None
    assert (tail.problem or "").startswith("outcomes.bin is damaged or of other questions")
    assert (tmp_path / "outcomes.bin").read_bytes() == before


def test_a_damaged_record_harms_no_other(tmp_path: Path) -> None:
    written(tmp_path, range(4))
    data = bytearray((tmp_path / "outcomes.bin").read_bytes())
    data[32 + 11 + 7] = 0x7F
    (tmp_path / "outcomes.bin").write_bytes(data)
    assert read(tmp_path) == [(step, row(step).tolist()) for step in (0, 2, 3)]


def in_memory(run: LiveRun) -> Records:
    return records(run.outcomes())


def check(path: Path, run: LiveRun) -> None:
    """What is on disk is what the run has in memory, and accounts for the accuracies of its frames."""
    analogies = read_forecast(path).analogies
    assert read(path, analogies) == in_memory(run)
    evaluated = {frame.step: frame.overall_accuracy for frame in read_record(path).frames}
    for step, correct in in_memory(run):
        assert evaluated[step] == np.mean(correct)


def test_a_run_that_is_resumed_continues_its_outcomes(
    runs: Runs, measured_every: Callable[[int, int], None], tmp_path: Path
) -> None:
    measured_every(2, 4)
    whole = finished(runs.new("gd", tmp_path / "whole"))
    check(tmp_path / "whole", whole)
    steps = [step for step, _ in in_memory(whole)]
    assert len(steps) > 8
    path = tmp_path / "run"
    check(path, left(runs.new("gd", path, StepReached(13))))
    again = finished(runs.resumed(path))
    check(path, again)
    # where it stood still it was evaluated once more
    assert [record for record in in_memory(again) if record[0] in steps] == in_memory(whole)
    assert {step for step, _ in in_memory(again)} - set(steps) <= {13}


def test_what_lies_behind_the_step_resumed_at_is_dropped(
    runs: Runs, measured_every: Callable[[int, int], None], tmp_path: Path
) -> None:
    measured_every(2, 4)
    path = tmp_path / "run"
    left(runs.new("gd", path, StepReached(9)))
    whole = finished(runs.resumed(path))
    upto = [record for record in in_memory(whole) if record[0] <= 9]
    assert upto[-1][0] == 9
    for other in (
        left(runs.new("gd", tmp_path / "branch", branch=branch_of(whole, 9), paused=True)),
        left(runs.resumed(path, step=9, paused=True)),
    ):
        assert in_memory(other) == upto
        assert other.path is not None
        check(other.path, other)


def test_a_run_without_the_file_is_recorded_from_where_it_is_resumed(
    runs: Runs, measured_every: Callable[[int, int], None], tmp_path: Path
) -> None:
    measured_every(2, 4)
    path = tmp_path / "run"
    left(runs.new("gd", path, StepReached(9)))
    (path / "outcomes.bin").unlink()
    analogies = read_forecast(path).analogies
    assert read_outcomes(path, analogies, 9) is None
    check(path, again := finished(runs.resumed(path)))
    assert in_memory(again)[0][0] > 9


def test_a_file_of_another_run_does_not_end_one_that_is_resumed(runs: Runs, tmp_path: Path) -> None:
    path = tmp_path / "run"
    left(runs.new("gd", path, StepReached(9)))
    (path / "outcomes.bin").write_bytes(b"something else altogether, and long enough")
    again = finished(runs.resumed(path))
    assert "outcomes.bin is damaged or of other questions" in worded(again.status().problem)
    assert (path / "outcomes.bin").read_bytes().startswith(b"something else")
    assert in_memory(again)
