"""What is shown of runs beside their panes; no terminal is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qwem_tui.engine.goals import StepReached
from qwem_tui.engine.outcome import GoalReached
from qwem_tui.engine.status import Phase, Status
from qwem_tui.study.study import Study
from qwem_tui.tui.key_guard import Guard
from qwem_tui.tui.notices import Notices, done_text, remark
from qwem_tui.tui.rendering.outcome import Severity
from qwem_tui.tui.run_actions import RunActions
from qwem_tui.tui.screens.question import Answer, Question
from qwem_tui.tui.session import Session
from tests.tui.fake_run import PAUSED, RUNNING, FakeRun, done, failed, faulty, standing


class Shown:
    """Keeps what is shown."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Severity]] = []
        self.notices = Notices(self.notify, self.messages.clear)

    def notify(self, message: str, /, *, severity: Severity, timeout: float, markup: bool) -> None:
        assert not markup
        self.messages.append((message, severity))


def arrived(run: FakeRun) -> Session:
    session = Session(run)
    session.arrive()
    return session


def test_news_is_shown_once_and_again_once_it_has_changed(gd: Study) -> None:
    shown, run = Shown(), FakeRun(gd)
    session = arrived(run)
    reached = replace(PAUSED, notice=GoalReached(StepReached(5), "tau_1"))
    for status in (PAUSED, reached, reached, standing("No."), reached):
        run.now = status
        shown.notices.show_news(session, alert_seen=False, then=None)
    assert shown.messages == [
        ("Reached: step 5.", "information"),
        ("No.", "warning"),
        ("Reached: step 5.", "information"),
    ]


def test_what_the_alert_line_says_is_said_there_alone(gd: Study) -> None:
    shown, run = Shown(), FakeRun(gd, status=faulty("It grew."))
    session = arrived(run)
    shown.notices.show_news(session, alert_seen=True, then=None)
    assert shown.messages == []
    shown.notices.forget()
    shown.notices.show_news(session, alert_seen=False, then=None)
    assert shown.messages == [("It grew.", "error")]


def test_a_run_shown_before_has_no_news(gd: Study) -> None:
    shown, run = Shown(), FakeRun(gd, status=done("40 steps taken"))
    shown.notices.take_as_shown(run.now)
    shown.notices.show_news(arrived(run), alert_seen=False, then=None)
    assert shown.messages == []


def test_of_a_run_that_is_done_the_keys_that_help_are_named(gd: Study) -> None:
    session = arrived(FakeRun(gd, status=done("40 steps taken")))
    assert done_text(session, None) == "Done: 40 steps taken. e exports, r restarts, s steps on."
    assert done_text(session, "word2vec") == "Done: 40 steps taken. Now word2vec, to compare."
    of_another = FakeRun(gd, status=done("40 steps taken")).of_another_process()
    assert done_text(arrived(of_another), None) == "Done: 40 steps taken."


def test_the_key_that_goes_back_is_offered_where_a_checkpoint_has_a_smaller_loss(gd: Study, tmp_path: Path) -> None:
    run = FakeRun(gd, tmp_path)
    session = arrived(run)
    assert remark(session) == ""
    run.now = faulty("The loss grew.")
    run._save(tmp_path)
    assert remark(session) == "z sets another step size, then space resumes."
    run.take_steps(1, loss=1.0)
    assert remark(session).endswith(" b goes back to a checkpoint.")
    assert "b goes back" not in remark(arrived(run.of_another_process()))


@pytest.mark.parametrize(
    ("status", "over", "words"),
    [
        (RUNNING, False, ""),
        (done("40 steps taken"), False, ""),
        (failed("No."), False, "This run has ended"),
        (Status(Phase.STOPPED), True, "nothing to steer"),
    ],
)
def test_why_a_run_cannot_be_steered_is_shown(gd: Study, status: Status, over: bool, words: str) -> None:
    shown, run = Shown(), FakeRun(gd, status=status)
    run.over = over
    assert Guard(arrived(run), shown.notices).can_steer() == (not words)
    assert all(words in message for message, _ in shown.messages)
    assert len(shown.messages) == bool(words)


async def never(question: Question[Answer]) -> Answer | None:
    raise AssertionError("nothing is asked")


def test_the_run_of_another_process_is_stopped_by_two_presses_neither_at_once_nor_late(gd: Study) -> None:
    shown, run = Shown(), FakeRun(gd).of_another_process()
    session = arrived(run)
    times = iter((10.0, 10.0, 10.1, 10.1, 20.0, 20.0, 21.0))
    actions = RunActions(
        session,
        Guard(session, shown.notices),
        shown.notices,
        never,
        view=lambda: pytest.fail("nothing is drawn"),
        sent=lambda: None,
        clock=lambda: next(times),
    )
    # typed ahead, and long after the first, it cannot have been meant
    for _ in range(3):
        actions.stop_run()
        assert not run.end_asked
    actions.stop_run()
    assert run.end_asked
    actions.stop_run()
    assert [message.partition(" ")[0] for message, _ in shown.messages] == ["X", "X", "X", "The", "The"]


def test_a_checkpoint_is_saved_before_a_run_of_this_process_is_suspended(gd: Study, tmp_path: Path) -> None:
    for run, saved in ((FakeRun(gd, tmp_path), True), (FakeRun(gd, tmp_path).of_another_process(), False)):
        shown, session = Shown(), arrived(run)
        actions = RunActions(
            session,
            Guard(session, shown.notices),
            shown.notices,
            never,
            view=lambda: pytest.fail("nothing is drawn"),
            sent=lambda: None,
        )
        actions.save_before_suspending()
        assert bool(run.sent) == saved
        run.now = replace(run.now, phase=Phase.PREPARING)
        run.sent.clear()
        actions.save_before_suspending()
        assert run.sent == []
