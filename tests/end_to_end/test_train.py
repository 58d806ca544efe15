"""`train` and `resume`: what they are asked, what they say and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from qwem_tui.commands.progress_bar import ProgressBar
from qwem_tui.engine.remote.socket_path import published
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.reader import read_record, read_run
from tests.end_to_end.zygote import Zygote
from tests.engine.remote.client import Client

SMALL = ("--dim", "4", "--window", "8", "--threads", "1")


def test_sgd_in_double_precision_with_frames_on_stdout(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    options = ("--trainer", "sgd", "--precision", "float64", "--steps", "20", "--keep-gb", "0.1", "--json")
    child = zygote.start("train", str(text_file), *SMALL, *options, "--out", "run", cwd=tmp_path)
    assert child.wait() == 0
    frames = [json.loads(line) for line in child.out.splitlines()]
    assert [frame["step"] for frame in frames] == sorted(frame["step"] for frame in frames)
    assert (frames[0]["step"], frames[-1]["step"]) == (0, 20)
    written = (tmp_path / "run" / "frames.jsonl").read_bytes()
    assert written == child.out
    described = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert (described["trainer"], described["dtype"]) == ("sgd", "float64")
    assert read_run(tmp_path / "run").keep_bytes == 100_000_000
    assert "Done at step 20 " in child.said
    assert "20 steps taken, as asked." in child.said


def test_word2vec_to_a_goal_and_on_to_its_end(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    options = ("--trainer", "word2vec", "--steps", "40", "--until", "step=15")
    child = zygote.start("train", str(text_file), *SMALL, *options, "--out", "run", cwd=tmp_path)
    assert child.wait() == 0
    assert "Stopped at step 15 " in child.said
    assert "Reached: step 15." in child.said
    assert "modes learned are not defined for this trainer" in child.said
    assert Checkpoints(tmp_path / "run" / "checkpoints").load().step == 15
    behind = zygote.start("resume", "run", "--until", "step=15", cwd=tmp_path)
    assert behind.wait() == 2
    assert behind.said.strip().endswith("qwem-tui: Step 15 is behind already, at step 15.")
    again = zygote.start("resume", "run", "--json", cwd=tmp_path)
    assert again.wait() == 0
    assert json.loads(again.out.splitlines()[-1])["step"] == 40
    assert "Done at step 40 " in again.said
    assert "40 steps taken; effective rank" in again.said


def test_a_goal_is_where_it_stops_and_one_out_of_reach_leaves_nothing(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    refused = {
        ("--until", "loss=0.1"): "The loss cannot fall below its floor of 0.",
        ("--until", "mode=5"): "The model has 4 modes, and 0 of them are learned.",
        ("--until", "never"): "'never' is no goal of a run: give mode, mode=8,",
        ("--keep-gb", "0"): "--keep-gb is 0: give 1e-9 (one byte) or more",
        ("--precision", "float32", "--sigma", "1e-8"): "--precision float32 drowns a start of --sigma 1e-08",
        ("--step-size", "2"): "--step-size is 2: it is in units of the stability limit",
    }
    children = [zygote.start("train", str(text_file), *SMALL, *options, cwd=tmp_path) for options in refused]
    for child, said in zip(children, refused.values(), strict=True):
        assert child.wait() == 2
        assert said in child.said
        assert child.said.count("qwem-tui: ") == 1
    assert not (tmp_path / "runs").exists()
    reached = zygote.start("train", str(text_file), *SMALL, "--until", "mode=2", "--out", "run", cwd=tmp_path)
    assert reached.wait() == 0
    assert "Reached: mode 2 learned." in reached.said
    assert read_record(tmp_path / "run").frames[-1].modes_learned == 2


def test_a_goal_that_is_not_reached_is_said_and_the_run_is_whole_all_the_same(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    options = ("--steps", "20", "--until", "step=5000", "--out", "run")
    child = zygote.start("train", str(text_file), *SMALL, *options, cwd=tmp_path)
    assert child.wait() == 1
    assert "Done at step 20 " in child.said
    assert child.said.splitlines()[-1] == "qwem-tui: The goal step=5000 was not reached."
    run = tmp_path / "run"
    assert Checkpoints(run / "checkpoints").load().step == 20
    assert (run / "snapshots" / "step-000020" / "vectors.npz").exists()
    again = zygote.start("resume", "run", "--steps", "25", "--until", "t=1000", cwd=tmp_path)
    assert again.wait() == 1
    assert again.said.splitlines()[-1] == "qwem-tui: The goal t=1000 was not reached."
    # a goal at the very end is one that is reached
    last = zygote.start("resume", "run", "--steps", "30", "--until", "step=30", cwd=tmp_path)
    assert last.wait() == 0
    assert "not reached" not in last.said


def test_a_step_size_that_is_forced_ends_with_a_fault(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    options = ("--step-size", "6", "--force", "--out", "run")
    child = zygote.start("train", str(text_file), *SMALL, *options, cwd=tmp_path)
    assert child.wait() == 1
    said = child.said.splitlines()[-1]
    assert said.startswith("qwem-tui: The loss grew from ")
    stood = read_record(tmp_path / "run").frames[-1].step
    # of a process that has ended
    assert f"with a step size of 6 of the stability limit: stopped at step {stood}, the last good one (loss " in said
    assert "paused" not in said
    continues = f"`qwem-tui resume run --step-size 0.5` continues from step {stood}"
    if ": go back to it, or continue with a smaller step size. " in said:
        assert said.endswith(f"{continues}; in `qwem-tui resume run --screen` the key b goes back to a checkpoint.")
    else:
        assert said.endswith(f"continue with a smaller step size. {continues}.")
    assert Checkpoints(tmp_path / "run" / "checkpoints").load().step == stood
    refused = zygote.start("resume", "run", "--step-size", "1.5", cwd=tmp_path)
    assert refused.wait() == 2
    assert "--step-size is 1.5: it is in units of the stability limit" in refused.said
    smaller = zygote.start("resume", "run", "--step-size", "0.5", cwd=tmp_path)
    assert smaller.wait() == 0
    assert "4 of 4 modes learned" in smaller.said
    record = read_record(tmp_path / "run")
    assert [change.step for change in record.changes] == [stood]


def test_what_is_left_is_told_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    bar = ProgressBar(Console(stderr=True), lambda: now[0])
    for second, name, done, total in (
        (0, "reading", 0, None),
        (11, "reading", 5e6, None),
        (20, "training", 100, 1100),
        (25, "training", 200, 1100),
        (40, "training", 300, 1100),
        (41, "training", 310, 1100),
        (140, "training", 1100, 1100),
    ):
        now[0] = second
        bar.show(name, done, total, f"step {done}" if name == "training" else "")
    assert capsys.readouterr().err.splitlines() == [
        "reading",
        "reading",
        "training step 100",
        # 200 steps took 20 s: a run that goes on has not taken its first 100 now
        "training 27% step 300, about 0:01:20 left",
        "training 100% step 1100, about 0:00:00 left",
    ]


def test_steered_without_anybody_attached_it_pauses_at_the_goal_and_says_so_once(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    child = zygote.start("train", str(text_file), *SMALL, "--step-size", "0.02", "--out", "run", cwd=tmp_path)
    child.reach(lambda: published(tmp_path / "run") is not None)
    client = Client(tmp_path / "run")
    assert client.ask(do="pause")["ok"]
    child.wait_for(lambda: client.phase() == "paused")
    goal = client.ask(do="status")["status"]["step"] + 10
    for request in (
        {"do": "pace", "steps_per_second": 10},
        {"do": "resume"},
        {"do": "until", "goal": f"step={goal}"},
        {"do": "resume"},
        {"do": "pace", "steps_per_second": None},
    ):
        assert client.ask(**request)["ok"]
    client.close()
    paused = f"paused at step {goal} over the control socket"
    child.reach(lambda: paused in child.said)
    assert child.said.splitlines()[-1] == paused
    client = Client(tmp_path / "run")
    assert client.ask(do="pace", steps_per_second=2)["ok"]
    assert client.ask(do="resume")["ok"]
    child.reach(lambda: child.said.splitlines()[-1].startswith("training step "))
    assert client.ask(do="stop")["ok"]
    assert child.wait() == 0
    assert child.said.splitlines().count(paused) == 1


def test_a_fault_waits_for_who_is_attached_and_says_so(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    child = zygote.start("train", str(text_file), *SMALL, "--step-size", "0.02", "--out", "run", cwd=tmp_path)
    child.reach(lambda: published(tmp_path / "run") is not None)
    client = Client(tmp_path / "run")
    assert client.ask(do="step-size", fraction=20, forced=True)["ok"]
    child.reach(lambda: "It waits for the attached screen to mend it" in child.said)
    assert " by a fault\n" in child.said
    assert "left" not in child.said.rpartition("paused at step")[2]
    assert client.phase() == "paused"
    client.close()
    assert child.wait() == 1
