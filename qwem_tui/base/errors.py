"""Errors that a user sees as one sentence, without a traceback."""


class QwemError(Exception):
    """Something went wrong; the message says in one sentence what, where and what to do. Exit code 1."""

    exit_code = 1


class UsageError(QwemError):
    """The command was given something it cannot work with. Exit code 2."""

    exit_code = 2


class Cancelled(Exception):  # noqa: N818 - it is a request, not an error
    """The user asked long work to stop; raised out of `Progress.advance`."""
