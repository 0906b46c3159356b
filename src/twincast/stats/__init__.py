"""Arrays in, small results out: intervals, proper scores, uplift, policy value, resampling, keyed random streams.

Numpy and scipy only; this room has never heard of a twin, and nothing here reads a file, a clock or a global generator.
"""
