from __future__ import annotations

import copy

from qwem_tui.base.errors import Named, QwemError, SettingError, UsageError, option_name


def _spaced(setting: str) -> str:
    return setting.replace("_", " ")


def test_an_error_names_its_setting_as_whoever_shows_it_does() -> None:
    error = SettingError("step_size", "3", "give a number between 0 and 1.", forceable=True)
    assert error.setting == "step_size"
    assert str(error) == "--step-size is 3: give a number between 0 and 1."
    assert error.worded("fraction", insist='"forced": true insists') == (
        'fraction is 3: give a number between 0 and 1 ("forced": true insists).'
    )
    assert isinstance(error, UsageError)


def test_how_to_insist_is_left_out_where_that_does_not_help() -> None:
    assert SettingError("seed", "-1", "give 0 or more.").worded("seed", insist="enter again insists") == (
        "seed is -1: give 0 or more."
    )


def test_what_is_wrong_with_a_value_may_need_words_of_its_own() -> None:
    error = SettingError("dim", "9", ("use ", Named("dim"), " 4 or less."), problem="is more than there are")
    assert str(error) == "--dim 9 is more than there are: use --dim 4 or less."
    assert error.worded("size") == "size 9 is more than there are: use size 4 or less."
    assert str(SettingError("html", "", "it is full.", problem="")) == "--html: it is full."
    assert str(SettingError("map", "", "", problem="takes two factors")) == "--map takes two factors."


def test_other_settings_are_named_in_the_same_way() -> None:
    error = SettingError("precision", "float32", "use float64.", problem=("drowns a ", Named("sigma"), " in rounding"))
    assert str(error) == "--precision float32 drowns a --sigma in rounding: use float64."
    assert error.worded("precision", _spaced) == "precision float32 drowns a sigma in rounding: use float64."
    assert error.settings == ("precision", "sigma")


def test_any_error_may_name_settings() -> None:
    error = QwemError("Out of memory: use a smaller ", Named("vocab_size"), " or ", Named("dim"), ".")
    assert str(error) == "Out of memory: use a smaller --vocab-size or --dim."
    assert error.sentence(_spaced) == "Out of memory: use a smaller vocab size or dim."
    assert f"No run is forecast: {error.clause(_spaced)}." == (
        "No run is forecast: Out of memory: use a smaller vocab size or dim."
    )
    assert error.settings == ("vocab_size", "dim")
    assert QwemError("No space.").settings == ()
    assert option_name("keep_gb") == "--keep-gb"


def test_a_setting_error_is_made_anew_from_its_parts() -> None:
    # as multiprocessing does with errors of a worker
    error = SettingError("dim", "9", ("use ", Named("dim"), " 4 or less."), problem="is too large", forceable=True)
    again = copy.copy(error)
    assert str(again) == str(error)
    assert (again.setting, again.forceable) == ("dim", True)
