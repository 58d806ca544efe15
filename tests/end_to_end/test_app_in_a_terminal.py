from __future__ import annotations

import json
import os
import re
import shlex
import signal
from pathlib import Path

import gensim.models
import numpy as np
import pytest

from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.reader import read_record
from tests.end_to_end.long_runs import LONG, assert_all_is_kept, size
from tests.end_to_end.moments import IN_A_CHECKPOINT, IN_A_STEP, IN_AN_EVALUATION
from tests.end_to_end.terminal import COMMAND, Forked, Terminal, step_on
from tests.end_to_end.zygote import Zygote


def modes_on(text: str) -> int:
    found = re.search(r" (\d+)/\d+(?: modes)? ", text.splitlines()[-2])
    return int(found.group(1)) if found else -1


def drive(terminal: Terminal, cwd: Path) -> Path:
    """See modes being learned, pause, step, export, quit; return the exported folder."""
    first = modes_on(terminal.wait_for(lambda text: modes_on(text) >= 1))
    terminal.wait_for(lambda text: modes_on(text) > first)
    terminal.press(" ")
    paused = step_on(terminal.wait_for(lambda text: "‖" in text))
    terminal.press("s")
    terminal.wait_for(lambda text: step_on(text) == paused + 1)
    terminal.press("e")
    terminal.wait_for(lambda text: "Exported" in text)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert terminal.restored
    folders = list(cwd.glob("runs/*/snapshots/step-*"))
    assert len(folders) == 1
    assert folders[0].name == f"step-{paused + 1:06}"
    # what was said at the end names the place
    assert folders[0].name.encode() in terminal.raw[terminal.raw.rfind(b"\x1b[?1049l") :]
    return folders[0]


def check_export(folder: Path) -> None:
    described = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
        words, vectors = arrays["words"], arrays["vectors"]
    assert vectors.dtype == np.float32
    assert vectors.shape == (described["vocab_size"], described["settings"]["dim"])
    read = gensim.models.KeyedVectors.load_word2vec_format(str(folder / "vectors.txt"))
    assert list(read.index_to_key) == list(words)
    np.testing.assert_array_equal(read.vectors, vectors)
    rows = (folder / "metrics.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == described["step"] + 2
    assert "<svg" in (folder / "screen.svg").read_text(encoding="utf-8")


def test_the_sample_run_from_start_to_export(tmp_path: Path) -> None:
    terminal = Terminal(cwd=tmp_path)
    folder = drive(terminal, tmp_path)
    assert folder.parent.parent.name.startswith("toyworld-")
    check_export(folder)


def test_a_text_of_ones_own(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    text_file.write_text(text_file.read_text(encoding="utf-8") * 3, encoding="utf-8")
    command = ("run", "little.txt", "--window", "8", "--step-size", "0.03")
    terminal = Forked(zygote, *command, cwd=tmp_path, size=(100, 30))
    check_export(drive(terminal, tmp_path))


def test_text_from_a_pipe_with_keys_from_the_terminal(text_file: Path, tmp_path: Path) -> None:
    command = shlex.join([*COMMAND, "run", "-", "--window", "8"])
    terminal = Terminal(cwd=tmp_path, command=("bash", "-c", f"cat {text_file} | {command}"))
    terminal.wait_for(lambda text: "standard input" in text and modes_on(text) >= 1)
    terminal.press("q")
    assert terminal.exit_code() == 0


def said_at_the_end(terminal: Terminal) -> str:
    return terminal.raw.rpartition(b"\x1b[?1049l")[2].decode()


def test_what_is_promised_of_a_run_that_was_left_is_true(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    gone = "its corpus came from a pipe and is gone, so that "
    piped = Forked(zygote, "run", "-", *LONG["gd"], "--out", "piped", cwd=tmp_path, stdin=text_file)
    piped.wait_for(lambda text: step_on(text) >= 1)
    piped.press("q")
    assert piped.exit_code() == 0
    assert f"the run is in piped; {gone}it cannot be continued" in said_at_the_end(piped)
    few = (*LONG["gd"], "--steps", "5")
    ended = Forked(zygote, "run", "-", *few, "--out", "ended", cwd=tmp_path, stdin=text_file)
    ended.wait_for(lambda text: "✓" in text and step_on(text) == 5)
    ended.press("q")
    assert ended.exit_code() == 0
    assert "finished: the run is in ended; `qwem-tui replay ended` shows it again" in said_at_the_end(ended)
    # one that was left is gone on with, one that is done is shown again, with its last frame
    left = Forked(zygote, "run", "little.txt", *LONG["gd"], "--out", "mine", cwd=tmp_path)
    left.wait_for(lambda text: step_on(text) >= 1)
    left.press("q")
    assert left.exit_code() == 0
    assert "the run is in mine; `qwem-tui resume mine` continues it" in said_at_the_end(left)
    assert "qwem-tui resume" not in said_at_the_end(piped) + said_at_the_end(ended)
    for command in (("run", "little.txt", *few, "--out", "done"), ("resume", "done")):
        done = Forked(zygote, *command, cwd=tmp_path)
        done.wait_for(lambda text: "✓" in text and step_on(text) == 5)
        done.press("q")
        assert done.exit_code() == 0
        assert "finished: `qwem-tui resume done` shows it again" in said_at_the_end(done)
        assert "continues" not in said_at_the_end(done)
    # one that began without a screen asks for one
    trained = zygote.start("train", "little.txt", *few, "--out", "trained", cwd=tmp_path)
    assert trained.wait() == 0
    again = Forked(zygote, "resume", "trained", "--screen", cwd=tmp_path)
    again.wait_for(lambda text: "✓" in text and step_on(text) == 5)
    again.press("q")
    assert again.exit_code() == 0
    assert "finished: `qwem-tui resume trained --screen` shows it again" in said_at_the_end(again)


def test_nothing_piped_in_is_said(zygote: Zygote, tmp_path: Path) -> None:
    terminal = Forked(zygote, "run", "-", cwd=tmp_path)
    terminal.wait_for(lambda text: "nothing is piped in" in text)
    assert terminal.exit_code() == 2


def test_resizes_are_followed(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    terminal = Forked(zygote, "run", str(text_file), "--window", "8", cwd=tmp_path)
    terminal.wait_for(lambda text: "1 singular values" in text and "✓" in text)
    assert "2 rank" not in terminal.text
    terminal.resize(160, 45)
    wide = terminal.wait_for(lambda text: all(pane in text for pane in ("1 singular", "2 rank", "3 analogies")))
    assert "all" in wide or "modes learned" in wide
    terminal.resize(80, 24)
    terminal.wait_for(lambda text: "1 singular" in text and "2 rank" not in text)
    terminal.press("3")
    terminal.wait_for(lambda text: "3 analogies" in text and "category" in text)
    terminal.press("q")
    assert terminal.exit_code() == 0


def begin(zygote: Zygote, before: str, text: Path, cwd: Path, *options: str) -> Forked:
    """Open the app on a long run in `cwd`/run, after the lines of Python `before`."""
    return Forked(zygote, "run", str(text), *LONG["gd"], "--out", "run", *options, cwd=cwd, before=before)


@pytest.mark.parametrize(
    ("number", "moment"),
    [(signal.SIGTERM, IN_A_STEP), (signal.SIGINT, IN_AN_EVALUATION), (signal.SIGHUP, IN_A_CHECKPOINT)],
)
def test_signals_end_it_with_the_terminal_restored_and_the_state_kept(
    zygote: Zygote, number: signal.Signals, moment: str, text_file: Path, tmp_path: Path
) -> None:
    terminal = begin(zygote, moment, text_file, tmp_path)
    terminal.wait_for(lambda _: (tmp_path / "here").exists())
    os.kill(terminal.pid, number)
    (tmp_path / "here").unlink()
    assert terminal.exit_code() == 128 + number
    assert terminal.restored
    assert_all_is_kept(tmp_path, snapshot=False)


@pytest.mark.parametrize("answers", [True, False])
def test_keys_that_come_at_once_while_it_trains_are_all_taken_in_order(
    zygote: Zygote, answers: bool, text_file: Path, tmp_path: Path
) -> None:
    terminal = begin(zygote, "", text_file, tmp_path)
    if answers:
        terminal.answer()
    terminal.wait_for(lambda text: step_on(text) >= 1)
    question = "esc: cancel"
    terminal.press("u")
    terminal.wait_for(lambda text: question in text)
    # the first closes the window; what follows is for others
    terminal.press("\x1blrl\x1bn5\r")
    paused = terminal.wait_for(lambda text: "‖" in text and question not in text)
    stood = step_on(paused)
    terminal.press("?\x1bsu\x1bs/cat\x1bs")
    terminal.wait_for(lambda text: step_on(text) == stood + 3 and question not in text)
    # nothing is to be kept in view: W was not swallowed, nor typed into a window
    terminal.press("u\x1bW")
    terminal.wait_for(lambda text: question not in text and "Ask about a word first" in text)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert terminal.restored


def test_a_terminal_that_stops_reading_does_not_keep_it(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    impatient = "from qwem_tui.tui import shutdown; assert shutdown.PATIENCE; shutdown.PATIENCE = 1.0"
    terminal = begin(zygote, impatient, text_file, tmp_path, "--fps", "60")
    terminal.wait_for(lambda text: step_on(text) >= 1)
    # nobody reads, and the engine goes on after the screen is stuck
    terminal.fill()
    stood = size(tmp_path)
    terminal.forked.reach(lambda: size(tmp_path) > stood + 50_000)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.exit_code_unread() == 128 + signal.SIGTERM
    assert_all_is_kept(tmp_path, snapshot=False)


def test_suspended_and_brought_back_the_whole_screen_is_drawn_again(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    terminal = begin(zygote, "", text_file, tmp_path)
    seen = step_on(terminal.wait_for(lambda text: step_on(text) >= 1))
    terminal.press("\x1a")
    terminal.wait_for(lambda _: terminal.forked.state == "T")
    terminal.wait_for(lambda _: terminal.restored)
    # nobody knows what becomes of it there
    assert Checkpoints(tmp_path / "run" / "checkpoints").load().step >= seen
    stood = read_record(tmp_path / "run").frames[-1].step
    terminal.screen.reset()
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.wait_for(lambda text: "1 singular values" in text and "space" in text.splitlines()[-1])
    terminal.wait_for(lambda text: step_on(text) > stood)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert terminal.restored


def test_a_signal_while_it_prepares(zygote: Zygote, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "silent")
    # open for writing too, so that it neither says anything nor ends
    terminal = Forked(zygote, "run", "-", cwd=tmp_path, stdin=tmp_path / "silent")
    terminal.wait_for(lambda text: "reading" in text)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.exit_code() == 128 + signal.SIGTERM
    assert terminal.restored


def test_a_closed_terminal_leaves_no_process_behind(zygote: Zygote, tmp_path: Path) -> None:
    terminal = Forked(zygote, cwd=tmp_path)
    terminal.wait_for(lambda text: step_on(text) >= 1)
    terminal.hang_up()
    assert terminal.exit_code() == 128 + signal.SIGHUP


def test_words_of_a_corpus_cannot_speak_to_the_terminal(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    evil = tmp_path / "\x1b]0;owned\x07evil.txt"
    evil.write_text(text_file.read_text(encoding="utf-8"), encoding="utf-8")
    analogies = tmp_path / "analogies.txt"
    analogies.write_text(": \x1b[31mred[bold]\nparis france rome italy\n", encoding="utf-8")
    terminal = Forked(zygote, "run", str(evil), "--window", "8", "--analogies", str(analogies), cwd=tmp_path)
    terminal.wait_for(lambda text: "✓" in text)
    terminal.press("3")
    terminal.wait_for(lambda text: r"\x1b[31mred[bold]" in text)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert b"owned\x07" not in terminal.raw
    assert b"\x1b[31mred" not in terminal.raw
