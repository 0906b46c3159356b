"""The command line: one JSON document on stdout with `--json`, words on stderr, exit codes by kind of error.

Commands import what they need when they run, so that the command line starts at once.
"""
