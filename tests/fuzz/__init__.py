"""What text from outside can do to us: targets for a fuzzer that is led by coverage.

Each module that `targets` lists has one target, `check(data)`: it does with any bytes what the
server does with them, and asserts what holds whatever they are. `nox -s fuzz` has atheris drive
them. The inputs worth keeping are in `corpus/`, and the ordinary tests run each of them again.
"""
