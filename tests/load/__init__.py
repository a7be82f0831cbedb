"""Benchmarks: counts, and ratios within one run; `make bench` writes docs/benchmarks.md."""
