"""`python -m qwem_tui`: the same as the command `qwem-tui`."""

from qwem_tui.cli import main

if __name__ == "__main__":
    main()
