"""Floor 1: the chat as a deterministic state machine.

Laws:

* Imports `wire` alone: no trio, no I/O, no clock, no randomness. Time, ids and looked-up answers
  arrive inside events, so the same events give the same effects, byte for byte.
* Iterates dicts and tuples, never sets of objects or strings: their order is not the program's.
* `step` alone changes a `World`; commands validate first and mutate after.
"""
