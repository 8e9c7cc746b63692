"""Automatic mutants: an answer with one small thing changed, each way a slip of the hand could change it.

Made on the syntax tree of the reference: arithmetic, comparisons, constants and axes, order of a pair, dropped terms,
dropped keywords, dropped calls, negations, branches, removed statements.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

ARITHMETIC = {ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult], ast.Pow: [ast.Mult],
              ast.BitAnd: [ast.BitOr], ast.BitOr: [ast.BitAnd], ast.MatMult: [ast.Mult]}
COMPARISONS = {ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.Lt],
               ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is]}


@dataclass(frozen=True)
class Mutant:
    """`name` says what was changed and where, and stays the same while the reference does."""

    name: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """All mutants of an answer that differ from it and from each other."""
    tree, lines = ast.parse(source), source.splitlines()
    seen, found = {ast.unparse(tree)}, []
    for node in ast.walk(tree):
        for label, field, index, replacement in _changes(node):
            text = _with(tree, node, field, index, replacement)
            if text not in seen:
                seen.add(text)
                where = lines[node.lineno - 1].split("  #")[0].strip() if hasattr(node, "lineno") else "the signature"
                found.append(Mutant(f"{label} in `{where}`", text))
    return found


def _with(tree: ast.AST, node: ast.AST, field: str, index: int | None, replacement) -> str:
    """The text of a copy of `tree` with one field of one node replaced."""
    twin = dict(zip(map(id, ast.walk(tree)), ast.walk(changed := copy.deepcopy(tree)), strict=True))[id(node)]
    replacement = copy.deepcopy(replacement)
    if index is None:
        setattr(twin, field, replacement)
    elif replacement is None:
        del getattr(twin, field)[index]
    else:
        getattr(twin, field)[index] = replacement
    return ast.unparse(ast.fix_missing_locations(changed))


def _changes(node: ast.AST) -> Iterator[tuple[str, str, int | None, object]]:
    """(what, field of `node`, index in it, replacement) for every change of a child of `node`."""
    for field, value in ast.iter_fields(node):
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if isinstance(child, ast.expr):
                for new in _instead(child):
                    yield f"{ast.unparse(child)} -> {ast.unparse(new)}", field, index, new
            elif isinstance(child, ast.keyword) and isinstance(node, ast.Call):
                yield f"without {child.arg}={ast.unparse(child.value)}", field, index, None
            elif isinstance(child, ast.stmt) and field in ("body", "orelse") and not isinstance(node, ast.Module):
                if not _is_docstring(child):
                    yield f"without `{ast.unparse(child).splitlines()[0]}`", field, index, ast.Pass()
    if isinstance(node, ast.AugAssign):
        for new in ARITHMETIC.get(type(node.op), []):
            yield f"{type(node.op).__name__} -> {new.__name__} in {ast.unparse(node)}", "op", None, new()


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _instead(node: ast.expr) -> Iterator[ast.expr]:
    """What could stand in the place of an expression by a slip."""
    if isinstance(node, ast.BinOp):
        for new in ARITHMETIC.get(type(node.op), []):
            yield ast.BinOp(node.left, new(), node.right)
        yield node.left
        yield node.right
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for new in COMPARISONS.get(type(node.ops[0]), []):
            yield ast.Compare(node.left, [new()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield from node.values
    elif isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):  # the axis -1, mostly
            yield from (ast.Constant(0), ast.Constant(1), ast.UnaryOp(ast.USub(), ast.Constant(node.operand.value + 1)))
        else:
            yield node.operand
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, (int, float)):
            yield ast.Constant(node.value + 1)
            yield ast.Constant(node.value - 1) if node.value >= 1 else ast.UnaryOp(ast.USub(), ast.Constant(1 - node.value))
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
            yield node.func.value  # x.method(...) -> x
        elif node.args and not isinstance(node.args[0], ast.Starred):
            yield node.args[0]  # f(x, ...) -> x
    elif isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) == 2 and isinstance(node.ctx, ast.Load):
        yield type(node)([node.elts[1], node.elts[0]], node.ctx)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse


def _is_module(node: ast.expr) -> bool:
    text = ast.unparse(node)
    return text in ("torch", "F", "nn", "math", "self") or text.startswith(("torch.", "nn."))
