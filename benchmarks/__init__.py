"""Plasma measured against its peers and against the bare socket, in one run.

    python -m benchmarks [ROW ...] [--rounds N]

`model` says what a row is, `rows/` holds them with their targets, `contenders` opens the clients, `worker` is the
process of one contender, `measure` has them take turns, and `report/` makes the tables and plots of the results.
"""
