"""Plugs for the engine port: what answers a batch of cells with a prediction for each.

A plug adapts the response model to the port; the mathematics itself lives in `response`.
"""
