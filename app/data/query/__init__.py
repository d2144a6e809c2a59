"""Questions and their answers: the only place that reads facts.

Pure, no clock, no database: spec, shape, validate, route, rowset, readings, compile, compare, notes, frame,
codec. Effects: execute (DuckDB), cache (Redis), runner, which puts them together. Nobody above compiles SQL.
"""
