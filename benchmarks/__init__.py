"""What must be fast and what must be right, measured: `python -m benchmarks [speed|http|accuracy] [--json]`.

Times depend on the machine, so each stands beside a bare baseline of the same run; accuracy depends on the data sets
that are kept beside the repository (TWINCAST_DATA). Nothing is fitted here, and no score is fed back into the prior.
"""
