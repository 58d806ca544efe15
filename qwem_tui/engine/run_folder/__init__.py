"""All that a run has on disk: configuration, frames, checkpoints, forecast."""
