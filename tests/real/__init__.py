"""The server and the client as a person runs them: real processes, real terminals, other clients.

Laws: nothing here asserts how long something took, only that it came about within a generous
bound; every process is ended by the test that started it, by its own id.
"""
