"""The embedded interface for notebooks and programs: `Twincast` with records and frames in, predictions out.

The same use cases as behind the other doors, without a server.
"""
