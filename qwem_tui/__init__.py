"""qwem-tui: a terminal explorer for the learning dynamics of quadratic word embedding models."""

__version__ = "0.1.0"
