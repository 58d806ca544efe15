"""Trainers: state and `step()`. They know no thread, no file and no screen."""
