"""All that goes over a run's control socket: where it is, what is said, both of its ends."""
