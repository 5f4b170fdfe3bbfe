"""The accounting systems: one small module each, and what carries their calls."""
