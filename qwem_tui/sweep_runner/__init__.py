"""The worker processes of a sweep, and the folder that its finished cells are saved in."""
