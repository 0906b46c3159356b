"""Writing: puts a plan of a message into good English by a grammar whose phrases are data, and checks what was written.

Pure and deterministic: the same plan, facts and seed give the same text.
"""
