"""Twincast: digital twins of customers that answer a message before it is sent."""

__version__ = "0.1.0"
