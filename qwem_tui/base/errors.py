"""Errors that a user sees as one sentence, without a traceback; settings are named in them as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def option_name(setting: str) -> str:
    """Return what the command line calls a setting, such as `--step-size` for `step_size`."""
    return "--" + setting.replace("_", "-")


@dataclass(frozen=True)
class Named:
    """A setting that a sentence names: the terminal calls it `--step-size`, the app and the socket otherwise."""

    setting: str


#: A sentence in parts, so that whoever shows it calls the settings in it as is usual there. Empty: there is none.
Sentence = tuple[str | Named, ...]


def worded(sentence: Sentence, name: Callable[[str], str] = option_name) -> str:
    """Return `sentence` as a string, settings called as `name` says."""
    return "".join(name(part.setting) if isinstance(part, Named) else part for part in sentence)


class QwemError(Exception):
    """Something went wrong; the message says in one sentence what, where and what to do. Exit code 1.

    The sentence is in parts where it names settings: `QwemError("Use a smaller ", Named("dim"), ".")`. As a string it
    is that of the command line.
    """

    exit_code = 1

    def __init__(self, *parts: str | Named) -> None:
        """Keep the parts of the sentence."""
        super().__init__(*parts)
        self.parts = parts

    def __str__(self) -> str:
        """Return the sentence, settings called as the command line does."""
        return self.sentence(option_name)

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the names of the settings that the sentence names, such as `step_size`."""
        return tuple(part.setting for part in self.parts if isinstance(part, Named))

    def sentence(self, name: Callable[[str], str]) -> str:
        """Return the sentence with settings called as `name` says."""
        return worded(self.parts, name)

    def clause(self, name: Callable[[str], str] = option_name) -> str:
        """Return the sentence as the last part of another: without its full stop. Settings are called as for that."""
        return self.sentence(name).removesuffix(".")


class UsageError(QwemError):
    """The command was given something it cannot work with. Exit code 2."""

    exit_code = 2


class SettingError(UsageError):
    """A setting has a value that cannot be worked with.

    `setting` is its name as in `step_size`, `value` what it is as text, and `needed` the sentence that says what it
    should be. `problem` is what is wrong with the value, where that needs words of its own; both may name settings in
    parts. A setting that is `forceable` is taken all the same from whoever insists.
    """

    def __init__(
        self,
        setting: str,
        value: str,
        needed: str | Sentence,
        problem: str | Sentence | None = None,
        forceable: bool = False,
    ) -> None:
        """Keep what the sentence is made from."""
        if problem is None:
            head: Sentence = (f" is {value}",)
        else:
            head = (f" {value}" if value else "", " " if problem else "", *_parts(problem))
        super().__init__(Named(setting), *head, *((": ", *_parts(needed)) if needed else (".",)))
        # made anew from these where it goes to another process
        self.args = (setting, value, needed, problem, forceable)
        self.setting = setting
        self.forceable = forceable

    def worded(self, name: str, others: Callable[[str], str] = option_name, insist: str = "") -> str:
        """Return the sentence with the setting called `name`, and other settings as `others` says.

        `insist` says how to insist here, such as `--force insists`; it is left out where that does not help.
        """

        def named(setting: str) -> str:
            return name if setting == self.setting else others(setting)

        return f"{self.clause(named)} ({insist})." if insist and self.forceable else self.sentence(named)


def _parts(text: str | Sentence) -> Sentence:
    return (text,) if isinstance(text, str) else text


class Cancelled(Exception):  # noqa: N818 - it is a request, not an error
    """The user asked long work to stop; raised out of `Progress.advance`."""
