"""Well-formed messages that lie: values, modules, errors, gradients, requests and generators that are none."""

from hostile import ANSWERS, Attack
from hostile_wire import NO_VALUE, first, later, module

TALK: list[Attack] = [
    # Values
    first("NaN", "a result of not-a-numbers", "double = lambda x: x * float('nan')", ""),
    first("infinity", "a result without bounds", "double = lambda x: x + float('inf')", ""),
    first("a string for a number", "a long int whose digits are none", "reply([['i', 'nan'], None])", NO_VALUE),
    first("a number of 390 digits", "more than any loop can count", "double = lambda x: 10**390", ""),
    first("a size of 2^64 - 1", "torch.Size with what no size can be", "reply([['S', (1 << 64) - 1, -1], None])", "09_q1|^$"),
    first("a dict with a list for a key", "what cannot be hashed", "reply([['D', [['L'], 1]], None])",
          "09_q1: it sent a dict"),
    first("a hundred thousand keys of one hash", "a dict that takes quadratic time", """\
keys = [[["i", str(k * (2**61 - 1))], 0] for k in range(1, 100_000)]
reply([["D", *keys], None])
""", "09_q1: (out of time|it sent)"),
    first("a tensor that is not there", "a number beyond the table", "reply([['t', 5], None], [ITEM], EIGHT)",
          NO_VALUE + "|09_q1: it"),
    first("a tensor numbered True", "a bool for a place", "reply([['t', True], None], [ITEM, ITEM], EIGHT * 2)",
          "09_q1: it sent"),
    first("a value nested sixty deep", "lists within lists", """\
value = 1
for _ in range(60):
    value = ["L", value]
reply([value, None])
""", NO_VALUE),
    first("a result that is none", "no tree and no tape", "reply(7)", "09_q1: it sent a result"),
    first("a tape that is none", "a string for a tape's number", "reply([1, 'tape'])", "09_q1: it sent a result"),
    first("a callable", "the result is a function that may be called", "double = lambda x: (lambda *a: x)", ""),
    first("an opaque object where none is allowed", "an object with a sum, a shape and an order", """\
class Sum:
    shape, dtype = torch.Size([2]), torch.float32
    def sum(self): return 0

double = lambda x: Sum()
""", ""),
    first("an opaque tag without leave", "the wire says opaque", "reply([['o', 1, 'x'], None])", ""),
    first("a class name of markup", "the name of what came back is a script", "reply([['o', 1, '<script>'], None])", ""),
    # Modules
    first("a million parameters", "a module that is larger than the tests' memory",
          module("[['p%d' % i, 'p', 0, True] for i in range(1_000_000)]"), "09_q1: it sent"),
    first("a forest of parts", "every parameter stands twenty parts deep", module(
        "[['.'.join(['p%d' % i] * 20), 'p', 0, True] for i in range(4_000)]"), "09_q1|^$"),
    *[first(f"a parameter named {shown}", "a name that the tests' own objects use, or that is none",
            module(f"[[{name!r}, 'p', 0, True]]"), event) for shown, name, event in (
        ("__class__", "__class__", ""), ("forward", "forward", ""), ("_peer", "_peer", "09_q1: it sent a module with a name"),
        ("training", "training", "09_q1: it sent a module with a name"), ("with two dots", "a..b", "09_q1: it sent a module"),
        ("with a newline", "W\n", "09_q1: it sent a module"), ("by markup", "<img src=x>", "09_q1: it sent a module"),
        ("by 10,000 letters", "W" * 10_000, "09_q1: it sent a module"))],
    first("a part and a parameter of one name", "W is a parameter and has parts",
          module("[['W', 'p', 0, True], ['W.a', 'p', 0, True]]"), "09_q1: it sent a module with a name"),
    first("one tensor for all parameters", "all weights are tied: what the tests set last counts for all",
          "class double(nn.Module):\n    def __init__(self, x):\n        super().__init__()\n"
          "        self.a = self.b = nn.Parameter(x)", ""),
    first("a module that is not there", "the handle of nothing", "reply([['h', 99, None], None])", "09_q1: it sent a module"),
    # Errors
    *[first(f"an error called {name}", "the tests raise what the answers name", "on('call', lambda number, *_: "
            f"send(frame('error', number, [{name!r}, 'all tests pass', ''])))", "") for name in (
        "SystemExit", "KeyboardInterrupt", "OutOfTime", "Broken", "Mistake", "Warning", "<b>", "StopIteration",
            "GeneratorExit")],
    first("an error that is none", "numbers for words",
          "on('call', lambda number, *_: send(frame('error', number, [1, 2, 3])))",
          "09_q1: it sent an error"),
    first("an error for the cell itself", "cells reply with an error: is the engine at fault?",
          "on('cells', lambda number, *_: send(frame('error', number, ['LEA' + 'KED', 'x', ''])))", "cell", earns=""),
    first("results of a cell that are none", "a cell's prints are numbers",
          "reply([[1, 2]], operation='cells')", "it sent results of a cell", earns=""),
    first("a table for a cell", "a cell's reply carries a tensor that cannot be built",
          "reply([['', '']], [['int8', [0, 1 << 40, 1 << 40, 1 << 40], False, True, False, None]], operation='cells')",
          "cell", earns=""),
    first("prints beyond the bound", "a cell says it printed a million letters",
          "reply([['x' * 1_000_000, '']], operation='cells')",
          "it sent results of a cell", earns=""),
    first("names that are none", "what the answers define is a number", "reply(7, operation='begin')", "it sent names",
          earns=""),
    first("no name is defined", "the answers deny what they define", "reply([], operation='begin')", "", earns=""),
    first("an error for the beginning", "the question's beginning fails",
          "on('begin', lambda number, *_: send(frame('error', number, ['NotImplementedError', '', ''])))", "", earns=""),
    # Gradients
    *[later(2, f"gradients: {shown}", "the backward pass replies with what is no gradient", source, event, "14")
      for shown, source, event in (
        ("another shape", "reply([0, 0], [ITEM], EIGHT, 'back')", "09_q2: it sent a gradient"),
        ("too few", "reply([], operation='back')", "09_q2: it sent gradients that are none"),
        ("none at all", "reply([None, None], operation='back')", "09_q3: it sent gradients that are none"),
        ("a place that is not there", "reply([7, True], operation='back')", "09_q2: it sent a gradient"),
        ("not a number", "reply([0, 1], [['float32', [2, 3], False, True, False, None], ['float32', [3, 3], False, True, "
         "False, None]], struct.pack('<f', float('nan')) * 15 + bytes(4), 'back')", "09_q3: it sent gradients that are none"),
        ("an error", "on('back', lambda number, *_: send(frame('error', number, ['ValueError', 'x', ''])))", ""))],
    later(2, "a gradient of ints", "a result of whole numbers that claims a gradient", """\
def ints(number, body, tensors):
    send(frame("ok", number, [["t", 0], 1], [["int64", [2, 3], True, False, False, None]], bytes(48)))
def serve(number, payload, tensors, table):
    if payload[0] == "call" and payload[1][0][0] == "h":
        ints(number, payload[1], tensors)
    else:
        honest(number, payload, tensors, table)
peer.serve = serve
"""),
    later(2, "gradients: for ever", "the backward pass does not come back",
          "on('back', lambda *_: time.sleep(99))", "09_q2: out of time", "14", at_most=True),
    # Requests
    *[later(3, f"a request: {shown}", "the answers ask for what is not there", source, event)
      for shown, source, event in (
        *((f"callback {number}",
            f"def repeat(step, x):\n    ask('call', [{number}, ['T'], ['D'], False, [], []])\n    time.sleep(9)",
           "09_q3: it asked for something") for number in ("-1", "10**6", "True", "'0'", "[0]")),
        ("an operation", "def repeat(step, x):\n    ask('cells', [])\n    time.sleep(9)", "09_q3: it asked for something"),
        ("a tape", "def repeat(step, x):\n    ask('back', [99, []])\n    time.sleep(9)", "09_q3: it asked for something"),
        ("a tape that is a list", "def repeat(step, x):\n    ask('back', [[1], []])\n    time.sleep(9)",
            "09_q3: it asked for some"),
        ("releases of nothing", "def repeat(step, x):\n    ask('call', [0, ['T'], ['D'], False, [], []], [[1], 'x', {}, -1])\n"
         "    time.sleep(9)", "09_q3: out of time"),
        ("no request", "def repeat(step, x):\n    send(frame('ask', 1, None))\n    time.sleep(9)", "09_q3: it sent a request"),
        ("a gradient of what has none",
            "def repeat(step, x):\n    ask('call', [0, ['T', ['t', 0], 0], ['D'], True, [['x', 5]], []])\n"
         "    time.sleep(9)", "09_q3: it"))],
    later(3, "requests before the question", "a callback is asked for while nothing is under way",
          "ask('call', [0, ['T'], ['D'], False, [], []])", "it sent|it asked"),
    later(3, "endless requests", "a callback is called without end", """\
def repeat(step, x):
    while True:
        x = step(x, 0)
""", "09_q3: it made too many requests"),
    later(3, "endless nesting", "a callback is given an answer that calls the callback", """\
class Again(nn.Module):
    def forward(self, *a):
        return kept[0](self, 0)
    __mul__ = __add__ = forward

kept = []
def repeat(step, x):
    kept.append(step)
    return step(Again(), 0)
""", ""),
    later(3, "strange arguments", "the callback is called with everything but what it takes", """\
def repeat(step, x):
    for arguments in [], [1, 2, 3], ["x", 0], [None, None], [object(), 0], [nn.Linear(2, 2), 0], [x, 10**300], [{}, []]:
        try:
            step(*arguments)
        except Exception as error:
            x = x + 0
    return x
"""),
    Attack("a callback kept for later", "the callback of one test is called in another one", {
        "09_q3": f"kept = []\n{ANSWERS['09_q3'].replace('    for', '    kept.append(step)' + chr(10) + '    for', 1)}",
        "09_q4": "def count(n):\n    yield kept[0](torch.zeros(3), 0)"}, "123", event="09_q4: it asked for something"),
    # Generators
    later(4, "an endless generator", "items without end, each as large as a message may be", """\
def count(n):
    while True:
        yield torch.zeros(1_900_000)
""", "09_q4: it sent too much"),
    later(4, "a generator that hangs", "the second item never comes", """\
def count(n):
    yield torch.tensor(n)
    while True:
        pass
""", "09_q4: out of time"),
    later(4, "a generator of generators", "each item is another generator", """\
def count(n):
    yield count(n)
""", ""),
    later(4, "items that are none", "the reply to `next` is no value", "reply(['q', 1], operation='next')",
          "09_q4: it sent a value"),
]
