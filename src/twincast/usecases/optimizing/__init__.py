"""Finding the best message: what is aimed at, candidates scored together, and what the winner owes to its parts."""
