"""Tables that people bring and take away: CSV, JSON lines, Parquet and frames to records and back.

Column mapping and safe writing live here; what a record means is for `wire` and `reading`.
"""
