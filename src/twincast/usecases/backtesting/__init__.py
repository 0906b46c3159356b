"""The steps of a backtest, each a pure function: cases, leaks, features, baselines, twins, scores, uplift."""
