"""What a person at a terminal client notices: how fast keys are echoed and lines are shown.

Laws: a client is measured from outside, as a process on a terminal of ours, connected to a server
of ours; only reading, writing and the clock happen while it is measured, what the bytes put on
the screen is found out afterwards; every figure stands beside that of a bare loop in the same run.
"""
