"""Fuzzing of the protocol: `python -m fuzz --seconds 20` from the root of the repository."""
