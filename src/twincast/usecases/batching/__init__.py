"""Batches: what is asked and of whom, the cells part by part, what they add up to, and what can be said of them."""
