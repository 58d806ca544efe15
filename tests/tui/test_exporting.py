"""Exporting the run in front."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qwem_tui.study.study import Study
from tests.tui.driving import WIDE, notified, opened, until
from tests.tui.fake_run import FakeRun


async def test_export_writes_a_whole_snapshot_and_says_where(gd: Study, tmp_path: Path) -> None:
    target = tmp_path / "out"
    async with opened(FakeRun(gd), WIDE, export_to=target) as (app, pilot):
        exported = app.exporter.exported
        await pilot.press("e")
        await until(pilot, lambda: len(exported) == 1)
        await pilot.press("e")
        await until(pilot, lambda: len(exported) == 2)
        first, second = exported
        assert first == target / "step-000003"
        assert second == target / "step-000003-2"
        names = {path.name for path in first.iterdir()}
        assert names == {"vectors.npz", "vectors.txt", "metrics.csv", "screen.svg", "config.json"}
        picture = (first / "screen.svg").read_text(encoding="utf-8")
        assert "<svg" in picture
        assert "singular" in picture
        assert "url(http" not in picture
        described = json.loads((first / "config.json").read_text(encoding="utf-8"))
        assert described["corpus"]["digest"].startswith("sha256:")
        assert described["settings"]["dim"] == 8
        assert notified(app, str(first))


async def test_a_run_with_a_folder_is_exported_into_it(gd: Study, tmp_path: Path) -> None:
    async with opened(FakeRun(gd, tmp_path / "run"), WIDE) as (app, pilot):
        await pilot.press("e", "q")
        # it is written before the app is left
        await until(pilot, lambda: app.return_value == 0)
        assert app.exporter.exported == [tmp_path / "run" / "snapshots" / "step-000003"]


@pytest.mark.parametrize("below", ["", "further/down"])
async def test_an_export_that_fails_is_reported_and_nothing_is_lost(gd: Study, tmp_path: Path, below: str) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    async with opened(FakeRun(gd), WIDE, export_to=blocked / below) as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: notified(app, "Nothing was exported"))
        assert app.exporter.exported == []
        assert app.return_value is None


async def test_a_run_that_gives_no_embeddings_is_not_exported(gd: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeRun(gd)
    monkeypatch.setattr(run, "snapshot", lambda timeout: None)
    async with opened(run, WIDE) as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: notified(app, "Nothing was exported: the run did not answer."))
