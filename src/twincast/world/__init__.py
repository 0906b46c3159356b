"""Synthetic customers with a known truth, to test, to show and to learn on. Nothing here comes from real people.

The process that makes the outcomes knows nothing of the response model and shares no form with it: orders come from
rates and drop-outs, a message works by being seen and by persuading, and probabilities follow from counting the ways.
"""
