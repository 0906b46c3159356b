"""Plugs for the ChatModel socket, and the wrappers round them: cache(fallback(retry(budget(provider)))).

The libraries of the providers, and the network to them, are known here alone; they are loaded when first needed.
Everything inside is asynchronous and lives on one event loop in a thread of its own (`loops`); the socket is not.
"""
