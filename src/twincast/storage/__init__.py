"""Plugs for the repositories: in memory, and SQL with its migrations. The only room that speaks SQL.

It keeps and finds values; what they mean and who may see them is decided in `usecases` and `domain`.
"""
