"""All mutants of a source file: each is the file with one small change.

The changes are those that mutmut makes, and only what finds them is used of it. To run them it puts
all versions of every function side by side, and a look into the environment into every call, which
makes the core several times slower; and it leaves out what is decorated, and what is no function.
cosmic-ray, the other well-kept tool, reads Python by parso, which knows no `match`.

Left out are changes of texts for people, which are nobody's business but theirs: no test is to know
them by heart.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import NEVER_MUTATE_FUNCTION_NAMES, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from .mutant import Mutant


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a file, not made yet: to make one takes 50 ms, and there are 10,000."""

    path: Path
    line: int
    function: str
    module: cst.Module
    old: cst.CSTNode
    new: cst.CSTNode

    def make(self) -> Mutant | None:
        """The file with this change; None if it is the same file, or not Python any more."""
        source = cst.ensure_type(self.module.deep_replace(self.old, self.new), cst.Module).code
        if source == self.module.code or not _is_python(source):
            return None
        return Mutant(self.path, self.line, self.function, source)


class _Visitor(MutationVisitor):  # type: ignore[misc]
    """Goes into decorated functions as well: here they are not copied, so that no harm is done."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return node.name.value in NEVER_MUTATE_FUNCTION_NAMES
        return bool(super()._skip_node_and_children(node))


def changes(path: Path) -> Iterator[Change]:
    """Every change there may be of a file, in its order."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text()))
    visitor = _Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    positions = wrapper.resolve(PositionProvider)
    functions = _functions(wrapper.module.code)
    for mutation in visitor.mutations:
        old, new = mutation.original_node, mutation.mutated_node
        if not (isinstance(old, cst.SimpleString) and " " in old.raw_value):
            line = positions[old].start.line
            yield Change(path, line, functions.get(line, ""), wrapper.module, old, new)


def _functions(source: str) -> dict[int, str]:
    """The function to whose body a line belongs, of those that are in no other function."""
    found: dict[int, str] = {}

    def look(nodes: list[ast.stmt], prefix: str) -> None:
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                look(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                lines = range(node.body[0].lineno, (node.end_lineno or 0) + 1)
                found.update(dict.fromkeys(lines, prefix + node.name))

    look(ast.parse(source).body, "")
    return found


def _is_python(source: str) -> bool:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True
