"""The rules for test cells, as far as a machine can check them.

A test cell must give the same verdict whether the student's names are defined beside it or are proxies for code that
runs in another process: so it calls them with data, looks at the data that comes back, and neither patches nor
introspects anything.
"""

import ast
import re

FORBIDDEN_NAMES = {
    "isinstance": "look at data, not at types: use checks.shape or checks.is_tensor",
    "issubclass": "look at data, not at types",
    "hasattr": "look at data, not at attributes",
    "getattr": "look at data, not at attributes",
    "setattr": "set weights with load_state_dict",
    "inspect": "look at what is returned, not at the code",
    "globals": "call the student's names directly",
    "locals": "call the student's names directly",
    "vars": "look at data, not at attributes",
    "eval": "no generated code",
    "exec": "no generated code",
    "type": "look at data, not at types",
    "id": "look at data, not at identity",
}
# Names in a cell that hold words of the instructor's: they may stand in a message, which the grader shows.
WORDS = {"what", "message", "name", "wrong", "temperature", "word"}
FORBIDDEN_ATTRIBUTES = {
    "allclose": "torch.allclose(torch.empty(0), x) is True: use checks.close",
    "register_forward_hook": "no hooks",
    "register_forward_pre_hook": "no hooks",
    "register_full_backward_hook": "no hooks",
    "register_hook": "no hooks",
    "functional_call": "set weights with load_state_dict",
    "gradcheck": "hundreds of calls: one backward against an oracle",
    "manual_seed_all": "no global generator: pass one",
    "catch_warnings": "no captured warnings",
    "redirect_stdout": "no captured prints",
    "state_dict": "names that an answer chose: use checks.build and checks.redrawn",
    "named_parameters": "names that an answer chose: use checks.build and checks.redrawn",
    "__dict__": "no introspection",
    "__class__": "no introspection",
    "_fields": "index tuples, do not use field names",
}


def problems(source: str, question: str) -> list[str]:
    """What is against the rules in the test cell of `question`, a line each; empty if nothing is."""
    found = []
    tree = ast.parse(source)
    for node in ast.walk(tree):
        where = f"{question}, line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
            found.append(f"{where}: {node.id}: {FORBIDDEN_NAMES[node.id]}")
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES:
            found.append(f"{where}: {node.attr}: {FORBIDDEN_ATTRIBUTES[node.attr]}")
        elif isinstance(node, ast.Attribute) and node.attr == "manual_seed" and ast.unparse(node.value) == "torch":
            found.append(f"{where}: the global generator: make one with torch.Generator()")
        elif isinstance(node, ast.Compare) and any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            if not any(isinstance(c, ast.Constant) for c in [node.left, *node.comparators]):
                found.append(f"{where}: identity of objects: look at data")
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.append(f"{where}: import in the given cells, not here")
        elif isinstance(node, ast.Assert):
            found.append(f"{where}: a bare assert says nothing: raise checks.Mistake with a sentence")
        elif isinstance(node, ast.Try):
            found.append(f"{where}: an exception of the answer must reach the grader")
        elif isinstance(node, ast.ClassDef):
            found.append(f"{where}: no classes in a test cell")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Mistake"):
            found += [f"{where}: {ast.unparse(hole)} in a message: only names of fixed words, never something returned"
                      for hole in _holes(node) if not (isinstance(hole, ast.Name) and hole.id in WORDS)]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "range" and _returned(node):
            found.append(f"{where}: a size out of something returned: the answer would choose how long the test takes")
    found += _shape_of_the_cell(tree, source, question)
    return found


def _holes(call: ast.Call) -> list[ast.expr]:
    """What is filled into the messages of a Mistake."""
    return [part.value for node in ast.walk(call) if isinstance(node, ast.JoinedStr)
            for part in node.values if isinstance(part, ast.FormattedValue)]


def _returned(call: ast.Call) -> bool:
    """Does the bound of a range come from what an answer returned? By the names that the cells use for that."""
    names = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
    return bool(names & {"got", "ids", "lengths_got", "logits", "weights_got"})


def _shape_of_the_cell(tree: ast.Module, source: str, question: str) -> list[str]:
    """One function, called, then one print: a cell that only defines its test gives full points to anybody."""
    found = []
    if not source.startswith(f"# {question}: visible tests\n"):
        found.append(f"{question}: the cell must begin with '# {question}: visible tests' (check.here() looks for it)")
    name = f"test_{question}"
    kinds = [type(statement).__name__ for statement in tree.body]
    if kinds != ["FunctionDef", "Expr", "Expr"] or tree.body[0].name != name or ast.unparse(tree.body[1]) != f"{name}()":
        found.append(f"{question}: the cell must define {name}, call it, and print that it passed")
    elif [ast.unparse(decorator) for decorator in tree.body[0].decorator_list] != ["checks.quiet"]:
        found.append(f"{question}: {name} needs @checks.quiet, or a warning in an answer costs its points")
    elif not ast.unparse(tree.body[2]).startswith("print("):
        found.append(f"{question}: the last line must print: a number there would be partial credit")
    begin, end = source.count("### BEGIN HIDDEN TESTS"), source.count("### END HIDDEN TESTS")
    visible = re.sub(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", source, flags=re.DOTALL)
    if begin != 1 or end != 1:
        found.append(f"{question}: one hidden region, got {begin}")
    if not re.search(r"\bchecks\.\w+\(", visible):
        found.append(f"{question}: the visible part tests nothing, so students would delete the cell")
    return found
