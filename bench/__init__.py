"""Benchmarks: our own work against hand-written floors, side by side in one run."""
