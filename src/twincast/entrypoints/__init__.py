"""The doors: HTTP, the command line and the embedded Python interface.

Each parses, calls one use case and renders. No door imports another, and none holds a rule of the product.
"""
