from __future__ import annotations

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.commands.compare import _two_trainers


def test_two_trainers_are_named_in_order() -> None:
    assert _two_trainers("word2vec, gd") == ("word2vec", "gd")
    for wrong in ("gd", "gd,gd", "gd,sgd,word2vec", "gd,glove", "gd,sgd,", ""):
        with pytest.raises(UsageError, match="give two different ones of gd, sgd, word2vec"):
            _two_trainers(wrong)
