"""The way from a corpus to everything known about it before training."""
