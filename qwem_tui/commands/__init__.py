"""One file a command: its options beside what it starts, and what the commands share."""
