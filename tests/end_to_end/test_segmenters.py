"""Japanese and Chinese without spaces, from the command line; skipped where the packages are missing."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.corpus.segmenters.texts import japanese_text
from tests.end_to_end.command_line import main_here
from tests.end_to_end.zygote import Zygote

#: Capitals and countries, each with things that it alone is known for.
COUNTRIES = (
    ("巴黎", "法国", ("葡萄酒", "奶酪", "香水")), ("罗马", "意大利", ("面条", "歌剧", "皮革")),
    ("马德里", "西班牙", ("斗牛", "橘子", "舞蹈")), ("雅典", "希腊", ("橄榄", "神话", "哲学")),
    ("奥斯陆", "挪威", ("石油", "滑雪", "森林")),
)  # fmt: skip


def chinese_text(seed: int = 0, documents: int = 200) -> str:
    """Return documents, a line each: of a capital as a city or of its country as a land, and of what is found there."""
    draw = random.Random(seed)
    lines = []
    for number in range(documents):
        capital, country, things = COUNTRIES[number % len(COUNTRIES)]
        city = number // len(COUNTRIES) % 2
        name, marks = (capital, ("市长", "街道", "广场")) if city else (country, ("人民", "边境", "政府"))
        said = (f"{name}有{draw.choice(things)}，也有{draw.choice(marks)}。" for _ in range(8))
        lines.append("".join(said))
    return "\n".join(lines) + "\n"


def test_chinese_is_predicted_with_analogies_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rjieba")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text(chinese_text(), encoding="utf-8")
    pairs = "".join(f"{capital} {country}\n" for capital, country, _ in COUNTRIES)
    (tmp_path / "own.txt").write_text(f": 首都\n{pairs}", encoding="utf-8")
    command = ("predict", "text.txt", "--tokenizer", "jieba", "--analogies", "own.txt", "--window", "4", "--json")
    code, out, _ = main_here(*command, "--max-dim", "12", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    described = json.loads(out)
    assert described["corpus"]["documents"] == 200
    (capitals,) = described["categories"]
    assert (capitals["name"], capitals["attempted"], capitals["total"]) == ("首都", 20, 20)
    # by chance 3 in 27
    assert capitals["peak_accuracy"] > 0.5


def test_a_japanese_run_is_resumed_where_it_was(zygote: Zygote, tmp_path: Path) -> None:
    pytest.importorskip("fugashi")
    pytest.importorskip("unidic_lite")
    (tmp_path / "text.txt").write_text(japanese_text(), encoding="utf-8")
    common = ("text.txt", "--tokenizer", "mecab", "--dictionary-form", "--dim", "4", "--window", "4")
    whole = zygote.run("train", *common, "--steps", "12", "--out", "whole", cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr.decode()
    begun = zygote.run("train", *common, "--steps", "5", "--out", "run", cwd=tmp_path)
    assert begun.returncode == 0, begun.stderr.decode()
    resumed = zygote.run("resume", "run", "--steps", "12", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr.decode()
    found = [
        [json.loads(line) for line in (tmp_path / name / "frames.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("whole", "run")
    ]
    losses = [{frame["step"]: frame["loss"] for frame in frames if "loss" in frame} for frames in found]
    assert losses[0] == losses[1]
    assert list(losses[1]) == list(range(13))
    settings = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["settings"]
    assert (settings["tokenizer"], settings["dictionary_form"]) == ("mecab", True)
