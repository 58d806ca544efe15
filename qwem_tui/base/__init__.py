"""What every room may use: errors, progress, inert text, atomic writes, locations."""
