"""The run: configuration, background thread, commands in, frames out, run folder."""
