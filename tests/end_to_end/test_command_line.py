from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qwem_tui import __version__
from qwem_tui.cli import main
from tests.conftest import little_text
from tests.end_to_end.terminal import COMMAND, Forked
from tests.end_to_end.zygote import Zygote


def refused(zygote: Zygote, *arguments: str, cwd: Path, code: int, stdin: bytes = b"") -> str:
    """Run what must fail; return the one sentence that it says."""
    done = zygote.run(*arguments, cwd=cwd, stdin=stdin)
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert "Traceback" not in said
    last = [line for line in said.splitlines() if line.startswith("qwem-tui: ")]
    assert len(last) == 1, said
    assert done.stdout == b""
    assert not list(cwd.glob("runs/*/run.json"))
    return last[0]


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
    assert "--analogies" in done.stderr.decode()


def test_what_cannot_be_read_is_said_in_one_sentence(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    assert "no file or folder missing.txt" in refused(zygote, "train", "missing.txt", cwd=tmp_path, code=2)
    (tmp_path / "empty.txt").write_bytes(b"")
    assert "empty.txt holds no text" in refused(zygote, "train", "empty.txt", cwd=tmp_path, code=1)
    (tmp_path / "binary.dat").write_bytes(bytes(range(256)) * 50)
    assert "binary.dat is binary" in refused(zygote, "train", "binary.dat", cwd=tmp_path, code=1)
    (tmp_path / "latin.txt").write_bytes("Käse und Brot ".encode("latin-1") * 50)
    assert "latin.txt is not UTF-8 text (at byte offset 1 of" in refused(
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
    little = "import qwem_tui.study.closed_form as closed_form; closed_form.available_bytes = lambda: 100_000"
    child = zygote.start("train", str(text_file), cwd=tmp_path, before=little)
    assert child.wait() == 1
    assert "needs about" in child.said
    assert "97.7 KiB are free: try --vocab-size" in child.said
    assert "Traceback" not in child.said


def test_without_a_terminal_the_app_names_train(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    assert "qwem-tui train" in refused(zygote, cwd=tmp_path, code=2)
    assert "qwem-tui train" in refused(zygote, "run", str(text_file), cwd=tmp_path, code=2)


@pytest.mark.parametrize("arguments", [("train",), ("train", "x", "--vocab-size", "many"), ("fly",), ("run",)])
def test_wrong_usage_is_exit_code_2_without_a_traceback(
    zygote: Zygote, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = zygote.run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_samples_are_listed_and_written_out(zygote: Zygote, tmp_path: Path) -> None:
    listed = zygote.run("samples", cwd=tmp_path).stdout.decode()
    assert "toyworld" in listed
    assert "everyday" in listed
    done = zygote.run("samples", "everyday", "--out", "mine.txt", cwd=tmp_path)
    assert done.returncode == 0
    written = (tmp_path / "mine.txt").read_bytes()
    assert written.startswith(b": ")
    assert zygote.run("samples", "everyday", cwd=tmp_path).stdout == written
    assert "exists already" in refused(zygote, "samples", "everyday", "--out", "mine.txt", cwd=tmp_path, code=2)
    assert "choose one of toyworld, everyday" in refused(zygote, "samples", "nothing", cwd=tmp_path, code=2)


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['qwem-tui', '--help']\nfrom qwem_tui.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code in (0, None)\n"
        "heavy = {'torch', 'numpy', 'scipy', 'numba', 'textual'} & set(sys.modules)\nassert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    for command in (b"run", b"train", b"samples"):
        assert command in done.stdout


def test_it_runs_as_a_module_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "qwem_tui", "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split()[-1] == __version__


def test_a_reader_that_goes_away_ends_it_quietly(text_file: Path, tmp_path: Path) -> None:
    command = subprocess.list2cmdline(
        [*COMMAND, "train", str(text_file), "--dim", "4", "--step-size", "0.005", "--json", "--out", "o"]
    )
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -n 1 > first; exit ${{PIPESTATUS[0]}}"],
        cwd=tmp_path, capture_output=True, timeout=120, check=False,
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


def test_a_place_that_cannot_take_a_run_is_refused_before_any_work(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "other").write_text("mine")
    places = {
        "file": "is a file",
        "file/below": "is a file",
        "full": "is not empty",
        # not even root can make a folder there
        "/proc/run": "No run folder can be made at /proc/run (",
        "/proc/self/run": "No run folder can be made at /proc/self/run (",
        "n" * 300: "(file name too long): give another --out.",
    }
    for out, said in places.items():
        assert said in refused(zygote, "train", "missing.txt", "--out", out, cwd=tmp_path, code=2)
    # nor is anything left of where one could be made
    assert "missing.txt" in refused(zygote, "train", "missing.txt", "--out", "new/run", cwd=tmp_path, code=2)
    assert not (tmp_path / "new").exists()


def test_help_lists_every_goal(zygote: Zygote, tmp_path: Path) -> None:
    for command in ("train", "resume"):
        said = " ".join(zygote.run(command, "--help", cwd=tmp_path).stdout.decode().split())
        for goal in ("mode,", "mode=8", "category,", "category=NAME", "t=1.5", "loss=0.8", "step=500"):
            assert goal in said


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


def test_threads_that_make_no_sense_are_refused(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    for threads in ("0", "-1", "99999999999"):
        for command in ("train", "predict", "plan"):
            assert f"--threads is {threads}: give a number from 1 to 1,024." in refused(
                zygote, command, str(text_file), "--threads", threads, cwd=tmp_path, code=2
            )


def test_progress_is_shown_on_a_terminal(zygote: Zygote, text_file: Path, tmp_path: Path) -> None:
    terminal = Forked(zygote, "train", str(text_file), "--dim", "4", "--out", "out", cwd=tmp_path, size=(160, 24))
    terminal.wait_for(lambda text: "Done at step" in text)
    assert terminal.exit_code() == 0
    assert "modes learned" in terminal.text


ASKED = [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]


def capitals_file(folder: Path) -> str:
    lines = [f"{a} {b} {c} {d}" for a, b in ASKED for c, d in ASKED if a != c]
    text = "\n".join([": capitals", *lines, ": kings", "king queen man woman"])
    (folder / "capitals.txt").write_text(text, encoding="utf-8")
    return "capitals.txt"


def main_here(
    *arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int | str | None, str, str]:
    """Run the command line in this process, since starting one takes seconds; return exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["qwem-tui", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    captured = capsys.readouterr()
    return left.value.code, captured.out, captured.err


def refused_here(
    *arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int
) -> str:
    """Return the one sentence that the command line says in this process."""
    left, out, err = main_here(*arguments, monkeypatch=monkeypatch, capsys=capsys)
    assert left == code
    assert out == ""
    said = [line for line in err.splitlines() if line.startswith("qwem-tui: ")]
    assert len(said) == 1
    return said[0]


def test_predict_as_json_as_csv_and_as_a_table(
    zygote: Zygote, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    common = ("predict", str(text_file), "--analogies", capitals_file(tmp_path), "--window", "8", "--bootstrap", "40")
    done = zygote.run(*common, "--json", "--missing", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    # stdout is the data and nothing else; what is going on is told on stderr
    assert done.stdout.count(b"\n") == 1
    described = json.loads(done.stdout)
    assert described["schema"] == "qwem-predict/1"
    assert described["vocab_size"] == 65
    assert described["corpus"]["documents"] == 120
    capitals, kings = described["categories"]
    assert (capitals["attempted"], kings["attempted"]) == (20, 0)
    assert capitals["parameters"] == 65 * capitals["critical_size"]
    assert capitals["bytes"] == 4 * capitals["parameters"]
    assert capitals["critical_t"] == capitals["critical_step"] * described["settings"]["step_size"]
    assert len(capitals["accuracy"]) == len(described["dims"])
    assert kings["critical_size"] is None
    assert "not in vocabulary" in kings["reason"]
    assert described["missing_words"] == {"capitals": [], "kings": ["king", "man", "queen", "woman"]}
    said = done.stderr.decode()
    for stage in ("counting", "decomposing", "predicting"):
        assert stage in said
    assert "{" not in said

    code, out, _ = main_here(*common, "--csv", "--dims", "2,4,8", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert header[-3:] == ["accuracy[2]", "accuracy[4]", "accuracy[8]"]
    assert [row[0] for row in rows] == ["capitals", "kings", "overall"]
    by_dim = dict(zip(described["dims"], capitals["accuracy"], strict=True))
    assert [float(cell) for cell in rows[0][-3:]] == [by_dim[d] for d in (2, 4, 8)]

    code, table, said = main_here(
        *common, "--ascii", "--halves", "--explain", "capitals", monkeypatch=monkeypatch, capsys=capsys
    )
    assert code == 0
    assert table.isascii()
    assert "1 of 2 categories works by d = " in table.splitlines()[0]
    assert "d* (95%)" in table
    assert "half 2" in table
    assert "capitals: 5 word pairs such as paris : france" in table
    assert "1 of 2 categories" not in said
    # nothing is trained, and nothing is written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["capitals.txt", "little.txt"]


def test_predict_from_stdin_is_the_same(
    zygote: Zygote, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    common = ("--analogies", capitals_file(tmp_path), "--dims", "2,4", "--bootstrap", "40", "--json")
    piped = zygote.run("predict", "-", *common, cwd=tmp_path, stdin=text_file.read_bytes())
    assert piped.returncode == 0, piped.stderr.decode()
    code, out, _ = main_here("predict", str(text_file), *common, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    first, second = json.loads(piped.stdout), json.loads(out)
    assert first["corpus"] == second["corpus"]
    assert first["categories"] == second["categories"]
    assert first["eigenvalues"] == pytest.approx(second["eigenvalues"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--dims", "a,b"), "--dims is a,b: give whole numbers"),
        (("--dims", "\x1b[31m"), r"--dims is \x1b[31m: give whole numbers"),
        (("--dims", "32,8"), "--dims is 32,8: give sizes of 1 or more, ascending"),
        (("--fraction", "0"), "--fraction is 0"),
        (("--bootstrap", "3"), "--bootstrap is 3"),
        (("--max-dim", "0"), "--max-dim is 0"),
        (("--json", "--csv"), "--json and --csv exclude each other"),
        (("--json", "--explain", "capitals"), "--explain writes text"),
        (("--csv", "--missing"), "--missing has no place in CSV"),
        (("--threads", "0"), "--threads is 0"),
        (("--target", "pmi", "--dim", "8"), "--dim is that of the run whose steps are forecast, and no run is"),
        (("--target", "ppmi", "--sigma", "1e-3"), "--sigma is that of the run whose steps are forecast"),
        (("--target", "pmi", "--step-size", "0.2"), "--step-size is that of the run whose steps are forecast"),
        (("--step-size", "1.5"), "--step-size is 1.5: it is in units of the stability limit; give"),
    ],
)
def test_what_predict_cannot_do_is_said_before_anything_is_read(
    options: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused_here("predict", "missing.txt", *options, monkeypatch=monkeypatch, capsys=capsys, code=2)


def test_what_predict_cannot_do_with_a_text_is_said_in_one_sentence(
    zygote: Zygote, text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.txt").write_text(" ".join(little_text().split()), encoding="utf-8")
    capitals_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    for arguments, said in (
        (("one.txt", "--halves"), "--halves needs two documents or more"),
        ((text_file.name, "--explain", "nosuch"), "no category called nosuch: choose one of capitals."),
        ((text_file.name, "--explain", "overall"), "overall stands for all categories together"),
        (("toyworld",), "There is no file or folder toyworld: `qwem-tui samples toyworld` writes"),
        ((text_file.name, "--dims", "4,60", "--json"), "--dims asks for 60"),
        ((text_file.name, "--dim", "60"), "--dim 60 is more than the"),
    ):
        complete = ("predict", *arguments, "--analogies", "capitals.txt")
        assert said in refused_here(*complete, monkeypatch=monkeypatch, capsys=capsys, code=2)
    # and in a process of its own
    said = refused(zygote, "predict", "one.txt", "--json", "--csv", cwd=tmp_path, code=2)
    assert "--json and --csv exclude each other" in said


def test_a_reader_of_the_prediction_that_goes_away_ends_it_quietly(
    zygote: Zygote, text_file: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    # the second reads nothing at all
    for lines in (1, 0):
        child = zygote.start(
            "predict", str(text_file), "--dims", "2,4", "--bootstrap", "40",
            cwd=tmp_path, stdout=tmp_path / "pipe", to_the_end=True,
        )  # fmt: skip
        with (tmp_path / "pipe").open("rb") as reader:
            for _ in range(lines):
                assert reader.readline()
        child.wait()
        assert "decomposing" in child.said
        assert "Traceback" not in child.said
        assert "Exception ignored" not in child.said


@pytest.mark.parametrize("form", ["--json", "--csv", "--ascii"])
def test_an_answer_that_cannot_be_written_is_said(zygote: Zygote, text_file: Path, tmp_path: Path, form: str) -> None:
    said = zygote.start(
        "predict", str(text_file), "--dims", "2,4", "--bootstrap", "40", form,
        cwd=tmp_path, stdout=Path("/dev/full"), to_the_end=True,
    )  # fmt: skip
    assert said.wait() == 1
    assert said.said.splitlines()[-1] == (
        "qwem-tui: The answer could not be written to stdout: no space left on device; send it elsewhere."
    )
    assert "Exception ignored" not in said.said


def test_without_stdout_nothing_is_begun(text_file: Path, tmp_path: Path) -> None:
    line = shlex.join([*COMMAND, "predict", str(text_file)]) + " >&-"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 2
    assert done.stderr == "qwem-tui: stdout is closed: leave it open, or send it to a file.\n"
