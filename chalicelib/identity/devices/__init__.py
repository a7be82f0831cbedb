"""Devices of halls: paired by a code, for check-in and tickets there and nothing else."""
