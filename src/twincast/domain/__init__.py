"""The nouns of Twincast and their laws, as frozen values.

Lives here: ids, customers' twins, interventions, message readings, predictions, trials, comparisons, errors. Does not
live here: anything that reads a clock, draws a number, touches a file or a network, or needs more than the standard
library.
"""
