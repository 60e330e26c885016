"""The docstrings below the attributes of a class, from which pages and help are made.

Law: what an attribute means is told once, in its source.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from collections.abc import Mapping
from functools import cache


@cache
def docstrings(kind: type) -> Mapping[str, str]:
    """The docstrings of a class and, in its source, below its attributes; the class's own is "".

    Python throws those of attributes away, so the source is read.
    """
    tree = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    (body,) = (
        node.body
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    )
    found = {"": inspect.getdoc(kind) or ""}
    for attribute, below in itertools.pairwise(body):
        match attribute, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str() as text)),
            ):
                found[name] = text
    return found
