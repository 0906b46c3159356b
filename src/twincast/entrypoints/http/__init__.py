"""The HTTP door: FastAPI routes, problem details, keys and limits. The only room that imports FastAPI.

Each route parses with `wire`, calls one use case and renders its answer.
"""
