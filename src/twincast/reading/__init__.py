"""Turns what people give into what the model can use: a customer record into a twin, a text into attributes.

Pure functions with their lexicons as packaged data files. Storing, predicting and public spellings live elsewhere.
"""
