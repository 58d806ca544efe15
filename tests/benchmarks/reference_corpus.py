"""The corpus and the questions that benchmarks are about, which are not shipped."""

from __future__ import annotations

from pathlib import Path

import torch

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BOOKS, QUESTIONS = DATA / "books15m.txt.gz", DATA / "questions-words.txt"
WINDOW = 16
CPU = torch.device("cpu")
