"""All that goes over a run's control socket: where it is, what goes over it, both of its ends."""
