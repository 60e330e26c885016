"""The load benchmark: what a chat server carries, beside a bare loop of sends in the same run.

Laws: the load lives in processes of its own; every figure stands beside the floor's, measured in
the same run by the same generator; a figure the generator limited says so.
"""
