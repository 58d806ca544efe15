"""The line to the terminal: what goes over it, when, and the keys that come back."""
