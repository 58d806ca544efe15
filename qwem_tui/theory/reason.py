"""Why something is not known, or not reached, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """A reason in a few words, the `head`, which stand by themselves, and the `details`, empty where there are none."""

    head: str
    details: str = ""

    def __str__(self) -> str:
        """Return both, as `reason_of` reads them."""
        return f"{self.head}: {self.details}" if self.details else self.head


def reason_of(text: str) -> Reason:
    """Return the reason that was written down as `text`."""
    head, _, details = text.partition(": ")
    return Reason(head, details)


def text_of(reason: Reason | None) -> str | None:
    """Return `reason` as it is written down; None for None."""
    return None if reason is None else str(reason)
