"""The parts of the main screen, one per file."""
