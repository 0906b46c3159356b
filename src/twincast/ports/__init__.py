"""The sockets that the product plugs into, as protocols: engine, repositories and unit of work, clock.

No implementation lives here: plugs are in `engines` and `storage`, and `bootstrap` fits them.
"""
