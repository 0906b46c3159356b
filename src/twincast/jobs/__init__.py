"""Plugs for `ports.jobs.Jobs`: they run the parts of accepted jobs, here and now or durably in worker processes."""
