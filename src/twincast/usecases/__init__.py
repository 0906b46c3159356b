"""What the product can do, one function a verb: gathers, then computes, then records, and owns the transaction.

Takes a context and values, returns values. It knows neither the public spellings nor which plug is behind a port.
"""
