"""The public shapes: pydantic models in and out, every accepted spelling, and their way to domain values and back.

The only room with pydantic models; it computes nothing and stores nothing.
"""
