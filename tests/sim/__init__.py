"""The power of the simulation, held to bugs that were put in on purpose; run by `nox -s sim`."""
