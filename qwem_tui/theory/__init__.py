"""The closed form: target, eigenpairs, mode dynamics, critical sizes and times. Nothing here trains."""
