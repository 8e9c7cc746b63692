"""A student's code speaks the protocol itself: forged, huge, nested, cut and slow messages, and what is no value."""

from hostile import ANSWERS, Attack, one

# The answers' end lives in the student's process, where anybody can find it.
PEER = """\
import gc, os, socket, struct, threading, time
import msgspec

peer = next(found for found in gc.get_objects() if type(found).__name__ == "Answers")
sock, honest, packed = peer.wire.end, peer.serve, msgspec.msgpack.encode
ITEM = ["float32", [2], False, True, False, None]
EIGHT = struct.pack("<ff", 2.0, 2.0)

def lengths(head, blob):
    return struct.pack("<QQ", head, blob)

def message(head, blob=b""):
    return lengths(len(head), len(blob)) + head + blob

def frame(kind, number, payload, table=(), blob=b""):
    return message(packed([kind, number, payload, list(table)]), blob)

def send(*what):
    sock.sendall(b"".join(what))

def on(operation, act, name="double"):
    def serve(number, payload, tensors, table):
        if payload[0] == operation and (operation != "call" or payload[1][0] == ["n", name]):
            act(number, payload[1], tensors)
        else:
            honest(number, payload, tensors, table)
    peer.serve = serve

def reply(payload, table=(), blob=b"", operation="call", name="double"):
    on(operation, lambda number, body, tensors: send(frame("ok", number, payload, table, blob)), name)

def ask(operation, body, released=()):
    send(frame("ask", 1, [operation, body, list(released)]))
"""
NO_VALUE = "09_q1: it sent a value"


def first(name: str, idea: str, source: str, event: str = "09_q1: it sent", earns: str = "234", **more) -> Attack:
    """From the first answer's cell, and of its calls only: the other questions are graded, in another pair if need be."""
    wrong = "" if "double =" in source or " double(" in source else "def double(x):\n    return x + 1\n"
    return one(name, idea, f"{PEER}{wrong}\n{source}", earns, event=event, **more)


def later(number: int, name: str, idea: str, source: str, event: str = "", earns: str = "", **more) -> Attack:
    """The same from another answer, which is right but for the attack."""
    answer = f"{ANSWERS[f'09_q{number}']}\n{PEER}\n{source}"
    return Attack(name, idea, {f"09_q{number}": answer}, earns or "1234".replace(str(number), ""), event=event, **more)


def module(entries: str, more: str = "") -> str:
    """A reply to the construction of a module that tells these parameters: all of them the one tensor of the table."""
    return f"{more}reply([['h', 7, ['Scale', True, {entries}]], None], [ITEM], EIGHT)"


WIRE: list[Attack] = [
    # Replies that nobody asked for
    first("a reply before the question", "a reply lies in the socket before the question is asked",
          "send(frame('ok', 1, [True, None]))", "it sent a reply that nobody asked for"),
    first("a thousand guesses", "many replies lie there, with numbers that the question might have",
          "send(*[frame('ok', number, [True, None]) for number in range(1000)])", "it sent"),
    first("a wrong number", "the reply carries another number than the question",
          "on('call', lambda number, *_: send(frame('ok', number + 1, [['t', 0], None], [ITEM], EIGHT)))",
          "09_q1: it sent a reply that nobody"),
    first("two replies", "one reply too many, for the next question",
          "on('call', lambda number, *_: send(*[frame('ok', number, [True, None])] * 2))", "09_q1: it sent more than one"),
    first("the old number again", "each question gets the reply to the one before", """\
old = []
def late(number, body, tensors):
    old.append(number)
    send(frame("ok", old[-2:][0], [["t", 0], None], [ITEM], EIGHT))
on("call", late)
""", "09_q1: it sent a reply that nobody|^$"),
    first("a kind of message that there is not", "neither reply nor request",
          "on('call', lambda number, *_: send(frame('pass', number, [True, None])))", "09_q1: it sent a message of no known"),
    # Sizes
    first("2^62 bytes", "the length says more than any memory has",
          "on('call', lambda *_: send(lengths(1 << 62, 1 << 62)))", "09_q1: it sent a message of"),
    first("2^64 - 1 bytes, twice", "lengths whose sum overflows",
          "on('call', lambda *_: send(lengths((1 << 64) - 1, (1 << 64) - 1)))", "09_q1: it sent a message of"),
    first("a header of five million bytes", "larger than a header may be",
          "on('call', lambda number, *_: send(frame('ok', number, ['x' * 5_000_000, None])))", "09_q1: it sent a message of"),
    first("more than a message may have", "a tensor larger than one message",
          "def double(x):\n    return torch.zeros(3_000_000)", "09_q1: it sent a message of"),
    later(3, "more than all messages may have", "large calls of a callback, one after the other", """\
def repeat(step, x):
    for _ in range(99):
        try:
            step(torch.zeros(1_500_000), 0)
        except RuntimeError:
            pass
""", "09_q3: it sent too much"),
    # Cut, slow, doubled
    first("a message cut off", "half a message, then the end",
          "on('call', lambda number, *_: (send(frame('ok', number, [True, None])[:-3]), os._exit(0)))", "09_q1: it ended"),
    first("half a message and silence", "the rest never comes",
          "on('call', lambda number, *_: send(lengths(100, 0), b'x' * 10))", "09_q1: out of time"),
    first("one byte at a time", "right answers, byte by byte", """\
class Slow:
    def sendall(self, data):
        for place in range(len(data)):
            sock.sendall(data[place : place + 1])
    def __getattr__(self, name):
        return getattr(sock, name)
peer.wire.end = Slow()
def double(x):
    return 2 * x
""", "", "1234"),
    first("bytes behind the message", "more than the lengths say",
          "on('call', lambda number, *_: send(frame('ok', number, [True, None]), b'more'))", "09_q1: it sent more than one"),
    first("a byte out of band", "urgent data between the others", """\
def urgent(number, *_):
    sock.send(b"!", socket.MSG_OOB)
    send(frame("ok", number, [["t", 0], None], [ITEM], EIGHT))
on("call", urgent)
""", "09_q1|^$"),
    first("descriptors along with the reply", "SCM_RIGHTS hands the tests open files", """\
import array
def handing(number, *_):
    files = array.array("i", [0, 1, 2, sock.fileno()])
    sock.sendmsg([frame("ok", number, [["t", 0], None], [ITEM], EIGHT)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
on("call", handing)
""", ""),
    first("nothing is read", "the answers do not read: the tests' requests pile up", """\
def deaf(number, *_):
    while True:
        time.sleep(1)
on("call", deaf)
""", "09_q1: out of time"),
    first("the socket closed", "the answers hang up", "on('call', lambda *_: sock.close())", "09_q1: it ended"),
    first("the socket half closed", "nothing more will be sent, but everything read",
          "on('call', lambda *_: sock.shutdown(socket.SHUT_WR))", "09_q1: it ended"),
    first("replies after the end", "a thread goes on sending for ever", """\
def flood():
    while True:
        send(frame("ok", 3, [True, None]))
on("call", lambda *_: threading.Thread(target=flood).start())
""", "09_q1: it sent"),
    # Headers
    first("a header that is no msgpack", "random bytes", "on('call', lambda *_: send(message(b'\\xc1\\xc1\\xc1')))",
          "09_q1: it sent a header"),
    first("a header that is no list", "a number, a map, three items, five",
          "on('call', lambda number, *_: send(message(packed({'ok': number}))))", "09_q1: it sent a header"),
    first("text that is no UTF-8", "a string of broken bytes",
          "on('call', lambda number, *_: send(message(b'\\x94\\xa2ok\\x01\\xa2\\xff\\xfe\\x90')))", "09_q1: it sent a header"),
    first("an extension type", "msgpack's own types are no values", "reply([msgspec.msgpack.Ext(5, b'x'), None])", NO_VALUE),
    first("a timestamp", "msgpack's dates are no values", "import datetime\nreply([datetime.datetime.now(datetime.UTC), None])",
          NO_VALUE),
    first("a map for a value", "dicts travel as lists", "reply([{'shape': [2]}, None])", NO_VALUE),
    # Tables
    first("negative sizes", "a shape of -1 rows",
          "reply([['t', 0], None], [['float32', [-1, 2], False, True, False, None]], EIGHT)",
          "09_q1: it sent a tensor of no possible"),
    first("2^60 elements", "a shape larger than memory",
          "reply([['t', 0], None], [['int8', [1 << 40, 1 << 20], False, True, False, None]])",
              "09_q1: it sent a tensor of no possible"),
    first("no element and overflowing steps", "a shape with a zero and huge other sizes",
          "reply([['t', 0], None], [['int8', [0, 1 << 40, 1 << 40, 1 << 40], False, True, False, None]])", "09_q1: it sent"),
    first("seventeen dimensions", "more than any tensor of the course has",
          "reply([['t', 0], None], [['int8', [1] * 17, False, True, False, None]], bytes(8))",
              "09_q1: it sent a tensor of no known"),
    first("no known dtype", "complex and quantized numbers",
          "reply([['t', 0], None], [['qint8', [2], False, True, False, None]])",
          "09_q1: it sent a tensor of no known"),
    first("sizes that are no ints", "a bool, a float, a string for a size",
          "reply([['t', 0], None], [['int8', [True], False, True, False, None]], bytes(8))",
              "09_q1: it sent a tensor of no possible"),
    first("a table that is none", "a line too short", "reply([['t', 0], None], [['int8', [2]]])", "09_q1: it sent a table"),
    first("fewer bytes than the table says", "a blob too short", "reply([['t', 0], None], [ITEM], b'')",
          "09_q1: it sent fewer"),
    first("more bytes than the table says", "a blob too long", "reply([['t', 0], None], [ITEM], bytes(64))",
          "09_q1: it sent more"),
]
