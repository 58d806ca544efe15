"""qwem-tui: a terminal explorer for the learning dynamics of quadratic word embedding models.

In docstrings *ours* marks what is not in the paper (arXiv 2502.09863) but was derived or chosen here; docs/theory.md,
by the sections that they name, has it all.
"""

__version__ = "0.1.0"
