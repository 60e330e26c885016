"""How a mutant comes to be run: by new code for functions that are there, or by being imported."""

from __future__ import annotations

import functools
import gc
import importlib.abc
import importlib.machinery
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType, ModuleType

from .mutant import Mutant


def functions_in(path: str) -> list[FunctionType]:
    """All functions there are by now that were written in this file."""
    return [
        each
        for each in gc.get_objects()
        if isinstance(each, FunctionType) and each.__code__.co_filename == path
    ]


def is_swappable(mutant: Mutant) -> bool:
    """Whether a mutant can be made of the functions that are there."""
    old, new = _versions(mutant)
    return bool(mutant.function) and [(code.co_qualname, code.co_freevars) for code in old] == [
        (code.co_qualname, code.co_freevars) for code in new
    ]


def swap(mutant: Mutant) -> None:
    """Have the functions of a file be those of a mutant, which must be swappable."""
    old, new = _versions(mutant)
    # Two may have one name, such as the two of a property; none begin at the same line besides.
    places = {(code.co_qualname, code.co_firstlineno): n for n, code in enumerate(old)}
    for function in functions_in(str(mutant.path.resolve())):
        code = function.__code__
        place = places.get((code.co_qualname, code.co_firstlineno))
        if place is not None:
            function.__code__ = new[place]
    for each in gc.get_objects():
        # What was remembered from before the change must not stand in its way.
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()


def _versions(mutant: Mutant) -> tuple[list[CodeType], list[CodeType]]:
    """All code of a file, as it is and as it would be."""
    path = str(mutant.path.resolve())
    sources = (mutant.path.read_text(), mutant.source)
    old, new = (compile(source, path, "exec", dont_inherit=True) for source in sources)
    return list(_codes(old)), list(_codes(new))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """All code in a code, in the order in which it is written."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)


class Imported(importlib.abc.MetaPathFinder):
    """Gives one module the source of a mutant."""

    def __init__(self, mutant: Mutant) -> None:
        parts = mutant.path.with_suffix("").parts
        self._name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self._mutant = mutant
        self.has_been = False
        """Whether somebody has asked for it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        assert spec is not None
        self.has_been = True
        spec.loader = _Loader(fullname, str(self._mutant.path.resolve()), self._mutant.source)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, source: str) -> None:
        super().__init__(fullname, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self._source.encode(), self.path)
