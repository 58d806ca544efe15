"""`qwem-tui train` on texts of many kinds: what it reads and leaves, and what it refuses."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import signal
import subprocess
from pathlib import Path

import numpy as np

from tests.conftest import little_text
from tests.end_to_end.command_line import refused
from tests.end_to_end.terminal import COMMAND, Forked
from tests.end_to_end.zygote import Zygote
from tests.waiting import PATIENCE


def test_train_leaves_a_run_folder(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    done = zygote.run(
        "train", str(text_file), "--dim", "6", "--window", "8", "--steps", "30", "--out", "out", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b""
    assert b"30 steps taken, as asked" in done.stderr
    out = tmp_path / "out"
    assert oct(out.stat().st_mode & 0o777) == "0o700"
    described = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert described["schema"] == "qwem-run/1"
    assert described["settings"]["dim"] == 6
    frames = [json.loads(line) for line in (out / "frames.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted({frame["step"] for frame in frames}) == list(range(31))
    with np.load(out / "snapshots" / "step-000030" / "vectors.npz", allow_pickle=False) as arrays:
        s = np.linalg.svd(arrays["vectors"], compute_uv=False)
    np.testing.assert_allclose(s, frames[-1]["singular_values"], rtol=1e-3)
    # a second run does not overwrite the first
    assert (
        "already holds a run"
        in zygote.run("train", str(text_file), "--steps", "1", "--out", "out", cwd=tmp_path).stderr.decode()
    )


def test_train_from_stdin_and_from_gz_are_the_same_run(zygote: Zygote, tmp_path: Path) -> None:
    text = little_text().encode()
    (tmp_path / "t.gz").write_bytes(gzip.compress(text))
    common = ("--dim", "4", "--steps", "3", "--threads", "1", "--json")
    first = zygote.run("train", "-", *common, "--out", "a", cwd=tmp_path, stdin=text)
    second = zygote.run("train", "t.gz", *common, "--out", "b", cwd=tmp_path)
    assert first.returncode == second.returncode == 0, first.stderr.decode() + second.stderr.decode()
    lines = [json.loads(line) for line in first.stdout.splitlines()]
    others = [json.loads(line) for line in second.stdout.splitlines()]
    for line in lines + others:
        line.pop("steps_per_second")
    assert [line for line in lines if line["step"] in (1, 2)] == [line for line in others if line["step"] in (1, 2)]
    digests = [json.loads((tmp_path / run / "run.json").read_text())["corpus"]["digest"] for run in "ab"]
    assert digests[0] == digests[1]


def test_segmented_text_with_the_whitespace_tokenizer(zygote: Zygote, tmp_path: Path) -> None:
    words = little_text().replace("paris", "東京").replace("france", "日本1")
    (tmp_path / "ja.txt").write_text(words, encoding="utf-8")
    (tmp_path / "ja-analogies.txt").write_text(": 首都\n東京 日本1 rome italy\n", encoding="utf-8")
    done = zygote.run(
        "train", "ja.txt", "--tokenizer", "whitespace", "--analogies", "ja-analogies.txt", "--steps", "2", "--out", "o",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert "1 questions" in done.stderr.decode()
    with np.load(tmp_path / "o" / "snapshots" / "step-000002" / "vectors.npz") as arrays:
        assert "日本1" in arrays["words"].tolist()


def test_a_text_in_another_language_still_trains_and_says_what_is_missing(zygote: Zygote, tmp_path: Path) -> None:
    text = little_text().replace(" ", "ж ").replace("\n", "ж\n")
    (tmp_path / "other.txt").write_text(text, encoding="utf-8")
    done = zygote.run("train", "other.txt", "--steps", "2", "--out", "o", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert "covers none of" in done.stderr.decode()
    assert "give an analogy file in its language" in done.stderr.decode()


def test_what_cannot_be_read_is_said_in_one_sentence(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    assert "no file or folder missing.txt" in refused(zygote, "train", "missing.txt", cwd=tmp_path, code=2)
    (tmp_path / "empty.txt").write_bytes(b"")
    assert "empty.txt holds no text" in refused(zygote, "train", "empty.txt", cwd=tmp_path, code=1)
    (tmp_path / "binary.dat").write_bytes(bytes(range(256)) * 50)
    assert "binary.dat is binary" in refused(zygote, "train", "binary.dat", cwd=tmp_path, code=1)
    (tmp_path / "latin.txt").write_bytes("Käse und Brot ".encode("latin-1") * 50)
    assert "latin.txt is not UTF-8 text (byte 0xE4 at byte offset 1 of the text): it is likely cp1252" in refused(
        zygote, "train", "latin.txt", cwd=tmp_path, code=1
    )
    (tmp_path / "one.txt").write_text("word " * 100)
    assert "only 1 distinct word" in refused(zygote, "train", "one.txt", cwd=tmp_path, code=1)


def test_what_cannot_be_learned_is_said_in_one_sentence(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    said = refused(zygote, "train", str(text_file), "--dim", "60", cwd=tmp_path, code=2)
    assert "--dim 60 is more than the" in said
    assert "or less" in said
    (tmp_path / "bad.txt").write_text(": a\nparis france rome italy\nparis france\n")
    assert "bad.txt, line 3: 2 word(s)" in refused(
        zygote, "train", "little.txt", "--analogies", "bad.txt", cwd=tmp_path, code=1
    )
    (tmp_path / "foreign.txt").write_text(": a\nun deux trois quatre\n")
    said = refused(zygote, "train", "little.txt", "--analogies", "foreign.txt", cwd=tmp_path, code=1)
    assert "none of the 1 questions in foreign.txt" in said
    assert "--vocab-size" in said
    assert "analogy file none.txt" in refused(
        zygote, "train", "little.txt", "--analogies", "none.txt", cwd=tmp_path, code=2
    )


def test_a_vocabulary_too_large_for_the_memory_is_refused_before_it_is_allocated(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    little = "import qwem_tui.study.target_from_text as module; module.available_bytes = lambda: 100_000"
    child = zygote.start("train", str(text_file), cwd=tmp_path, before=little)
    assert child.wait() == 1
    assert "needs about" in child.said
    assert "97.7 KiB are free: try --vocab-size" in child.said
    assert "Traceback" not in child.said


def test_a_reader_that_goes_away_ends_it_quietly(text_file: Path, tmp_path: Path) -> None:
    command = subprocess.list2cmdline(
        [*COMMAND, "train", str(text_file), "--dim", "4", "--step-size", "0.005", "--json", "--out", "o"]
    )
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -n 1 > first; exit ${{PIPESTATUS[0]}}"],
        cwd=tmp_path, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 128 + signal.SIGPIPE
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert json.loads((tmp_path / "first").read_text())["step"] == 0


def test_frames_go_to_stdout_while_progress_is_on_a_terminal(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    command = ("train", str(text_file), "--dim", "4", "--steps", "9", "--json", "--out", "out")
    terminal = Forked(zygote, *command, cwd=tmp_path, size=(160, 24), stdout=tmp_path / "frames.jsonl")
    assert terminal.exit_code() == 0
    lines = (tmp_path / "frames.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines][:9] == list(range(9))
    assert "singular_values" not in terminal.text


def test_an_interrupt_while_stdin_is_silent(zygote: Zygote, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "silent")
    child = zygote.start("train", "-", cwd=tmp_path, stdin=tmp_path / "silent")
    child.reach(lambda: child.said.startswith("reading"))
    child.send(signal.SIGINT)
    assert child.wait() == 130
    assert child.killed_by is None
    assert not (tmp_path / "runs").exists()


def test_text_of_strict_alternation_trains_within_the_stable_step(zygote: Zygote, tmp_path: Path) -> None:
    nouns, verbs = [f"noun{c}" for c in "abcdefgh"], [f"verb{c}" for c in "abcdefgh"]
    lines = [f"{nouns[i % 8]} ha {nouns[(i * 3 + 1) % 8]} wo {verbs[i * 5 % 8]} end" for i in range(600)]
    (tmp_path / "strict.txt").write_text("\n".join(lines), encoding="utf-8")
    done = zygote.run("train", "strict.txt", "--dim", "2", "--window", "2", "--out", "o", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    losses = [json.loads(line)["loss"] for line in (tmp_path / "o" / "frames.jsonl").read_text().splitlines()]
    assert all(after <= before + 1e-5 for before, after in itertools.pairwise(losses))


def test_words_without_company_are_said(zygote: Zygote, tmp_path: Path) -> None:
    (tmp_path / "vertical.txt").write_text("one\ntwo\none\ntwo\n")
    assert "No two words share a document" in refused(zygote, "train", "vertical.txt", cwd=tmp_path, code=1)


def test_progress_is_shown_on_a_terminal(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    terminal = Forked(zygote, "train", str(text_file), "--dim", "4", "--out", "out", cwd=tmp_path, size=(160, 24))
    terminal.wait_for(lambda text: "Done at step" in text)
    assert terminal.exit_code() == 0
    assert "modes learned" in terminal.text
