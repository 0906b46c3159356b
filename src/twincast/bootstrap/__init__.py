"""Reads the settings once and fits plugs to sockets: the only place that knows all the rooms.

No rule of the product lives here, only its assembly, and the one clock that reads the real time.
"""
