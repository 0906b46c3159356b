"""Parts of planning a sequence: its request and its search. `usecases.sequences` puts them together."""
