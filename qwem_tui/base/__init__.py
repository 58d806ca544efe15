"""What every room may use: errors, progress, printable text, atomic writes, locks, threads, JSON."""
