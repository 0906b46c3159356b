"""The response model in numpy: encoding cells to arrays, the prior, predicting, explaining.

Returns a new model and never edits one. It knows no storage, no public spelling and no clock.
"""
