"""A whole chat in one seeded run: users, a network with distances, a server that dies, a disk.

`run_plan(Plan.draw(seed))` runs what a seed says; see `plan`, `run` and `simulation`.
"""
