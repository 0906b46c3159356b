"""`twincast demo`: a real coupon campaign predicted for real households, then laid beside what they really did."""

from twincast.entrypoints.cli.demo.show import command

__all__ = ["command"]
