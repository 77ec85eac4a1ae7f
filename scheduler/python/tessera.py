"""The Python half of the module `tessera`, which Tessera's policies in Python import (docs/policies.md, "In Python").

It runs inside of Tessera, in the namespace of the half in C++ (tessera_module.h). Names with an underscore are what
that half calls.
"""

import os
import sys

# What a policy prints is for its author; stdout is the program's own.
sys.stdout = sys.__stdout__ = sys.stderr


class Option:
    """A key of scheduler.options: `depth = Option(8, "tiles that are weighed", low=1, high=100)` in a policy's class.

    self.depth is its value. Its type is that of the default: True or False, a whole number, a number, or a text.
    """

    _KINDS = {int: 0, float: 1, bool: 2, str: 3}  # TESSERA_INTEGER ...

    def __init__(self, default, text="", low=None, high=None):
        if type(default) not in self._KINDS:
            raise TypeError(f"an Option is a bool, an int, a float or a str, not {default!r}")
        if (low is not None or high is not None) and type(default) not in (int, float):
            raise TypeError("only numbers have a range")
        self.default, self.text, self.low, self.high = default, text, low, high

    def __repr__(self):
        return f"Option({self.default!r}, {self.text!r}, low={self.low}, high={self.high})"

    def _declared(self, key):
        """As tessera_option: key, text, kind, integer, low, high, number, low_number, high_number, string."""
        kind = self._KINDS[type(self.default)]
        whole = self.default if kind in (0, 2) else 0
        low, high, low_number, high_number = 0, 1, 0.0, 0.0
        if kind == 0:
            low = -(2**63) if self.low is None else self.low
            high = 2**63 - 1 if self.high is None else self.high
        if kind == 1:
            low_number = -sys.float_info.max if self.low is None else self.low
            high_number = sys.float_info.max if self.high is None else self.high
        number = self.default if kind == 1 else 0.0
        return (key, str(self.text), kind, int(whole), low, high, number, low_number, high_number,
                self.default if kind == 3 else "")


class Policy:
    """The base of policies. Only decide() must be there; hooks that a class does not have are not called.

    name           what runs call it; else the name of the class
    subscriptions  Events after which it wants to be asked, besides when a ready tile meets a core with room; a tuple,
                   or a function that is called after begin() and every decide()
    score          what the scores of candidates() count, with the unit ("missing bytes"), or a function
    """

    name = None
    subscriptions = ()
    score = None

    def begin(self, view):
        """Before time 0: graph and machine are known from here on, and never change."""

    def decide(self, view):
        """The next action: a Dispatch, a Prefetch, an Undispatch, a Cap or a Wait."""
        raise NotImplementedError

    def on_arrival(self, view, request):
        """A request has arrived."""

    def on_tile_ready(self, view, tile):
        """A tile has become ready."""

    def on_transfer_done(self, view, core, operand):
        """An operand (0 input, 1 weight) has come to a core."""

    def on_slot_free(self, view, core, operand):
        """A slot may be used again (0 input, 1 weight, 2 output)."""

    def on_tile_done(self, view, tile):
        """The last tile of a group: its result is stored."""

    def on_illegal(self, view, action, why):
        """The last answer was not legal; decide() is asked again."""

    def keep(self, view, block, uses_left):
        """shared_sram.replacement: policy. Is the block worth keeping before others?"""
        return uses_left > 0

    def candidates(self):
        """What the last decide() weighed, best first: (tile, core, score), the lower score is the better."""
        return ()

    def weighed(self):
        """How many choices were weighed, those of candidates() among them."""
        return 0


_HOOKS = ("begin", "decide", "on_arrival", "on_tile_ready", "on_transfer_done", "on_slot_free", "on_tile_done",
          "on_illegal", "keep", "candidates", "weighed")


class TimeLimit(BaseException):
    """A hook has taken longer than scheduler.time_limit."""


class _Refused(Exception):
    """The file is no policy: a line of it (0: none), and why."""

    def __init__(self, line, text):
        super().__init__(text)
        self.line = line


class _Loaded:
    """A policy's file after it has run: its class, what it declares, and which hooks it has."""

    def __init__(self, path, module):
        own = dict.fromkeys(c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__)
        policies = [c for c in own if issubclass(c, Policy)]
        last = [c for c in policies if not any(c is not other and issubclass(other, c) for other in policies)]
        if not last:
            for c in own:
                if hasattr(c, "decide"):
                    raise _Refused(_first_line(c), f"class {c.__name__} has decide(), but is no tessera.Policy: "
                                                   f"write class {c.__name__}(tessera.Policy)")
            raise _Refused(0, "has no policy: no class of it is derived from tessera.Policy (docs/policies.md)")
        if len(last) > 1:
            names = ", ".join(f"{c.__name__} (line {_first_line(c)})" for c in last)
            raise _Refused(_first_line(last[1]), f"has {len(last)} policies, and a file is one: {names}")
        self.path, self.made = path, last[0]
        base = self.made
        for hook in _HOOKS:
            if not callable(getattr(base, hook)):
                raise _Refused(_first_line(base), f"{hook} of class {base.__name__} is no function, but "
                                                  f"{getattr(base, hook)!r}")
        self.hooks = {h for h in _HOOKS if getattr(base, h) is not getattr(Policy, h)}
        if base.subscriptions:
            self.hooks.add("subscriptions")
        if base.score is not None:
            self.hooks.add("score")
        if "decide" not in self.hooks:
            raise _Refused(_first_line(base), f"class {base.__name__} has no decide()")
        self.name = base.__name__ if base.name is None else base.name
        if not isinstance(self.name, str):
            raise _Refused(_first_line(base), f"the name of class {base.__name__} is no text, but {self.name!r}")
        declared = {}
        for c in reversed(base.__mro__):
            declared.update((k, o) for k, o in vars(c).items() if isinstance(o, Option))
        self.options = [o._declared(key) for key, o in declared.items() if getattr(base, key) is o]

    def make(self, values):
        policy = self.made.__new__(self.made)
        for key, value in values.items():
            setattr(policy, key, value)
        policy.__init__()
        return policy


def _first_line(c):
    """For messages alone: reads the file once more."""
    import ast
    with open(sys.modules[c.__module__].__file__, "rb") as file:
        classes = [n.lineno for n in ast.walk(ast.parse(file.read()))
                   if isinstance(n, ast.ClassDef) and n.name == c.__name__]
    return classes[-1] if classes else 0


_loaded = {}


def _load(path):
    """What the file is; runs it once, and again only when it has changed."""
    seen = os.stat(path)
    key = (path, seen.st_mtime_ns, seen.st_size, seen.st_ino)
    if key not in _loaded:
        _loaded[key] = _run_file(path, f"tessera_policy_{len(_loaded)}")
    return _loaded[key]


def _run_file(path, name):
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    module = type(sys)(name)
    module.__file__ = path
    folder = os.path.dirname(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    sys.modules[name] = module
    try:
        exec(code, vars(module))
        return _Loaded(path, module)
    except BaseException:
        del sys.modules[name]
        raise


def _short(path):
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def _words(error):
    """An exception as one line."""
    try:
        text = str(error)
    except BaseException:
        text = "whose text cannot be had"
    if isinstance(error, TimeLimit):
        return text
    if isinstance(error, SystemExit):
        return f"it called sys.exit({'' if error.code is None else repr(error.code)})"
    if isinstance(error, SyntaxError):
        text = str(error.msg)
    if isinstance(error, ModuleNotFoundError):
        text += f" (this is Python {sys.version.split()[0]} in {sys.prefix})"
    if isinstance(error, TypeError) and "incompatible function arguments" in text:
        lines = text.split("\n")
        called = text.partition("Invoked with: ")[2].split("\n")[0]
        if called.startswith("<"):
            called = called.partition(">")[2].lstrip(", ") or "nothing"
        text = f"{lines[0].partition('(')[0]}{lines[1].partition('. ')[2]} was called with {called[:200]}"
    kind = type(error)
    outside = kind.__module__ not in ("builtins", "tessera") and not kind.__module__.startswith("tessera_policy_")
    name = f"{kind.__module__}.{kind.__qualname__}" if outside else kind.__qualname__
    return f"{name}: {text}" if text else name


def _fault(error, trace, path):
    """Of an exception that left the file `path`: line and column in it, and text that says where else it was."""
    if isinstance(error, _Refused):
        return error.line, 0, str(error)
    frames = []
    while trace is not None:
        frame = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        if frame[0] != "<tessera>" and frame not in frames[-1:]:
            frames.append(frame)
        trace = trace.tb_next
    column = 0
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno or 0))
        column = error.offset or 0 if error.filename == path else 0
    own = [line for file, line in frames if file == path]
    text = _words(error)
    if frames and frames[-1][0] != path:
        text = f"{_short(frames[-1][0])}:{frames[-1][1]}: {text}"
    if len(own) > 1:
        text += f" (called from line {', '.join(str(line) for line in own[-2:-5:-1])})"
    return own[-1] if own else 0, column, text


def _in_hook(error, trace, path):
    """The same as one text."""
    line, column, text = _fault(error, trace, path)
    return f"{_short(path)}:{line}: {text}" if line else text


def _place(function):
    """Where a function stands: "mine.py:12: "."""
    code = getattr(function, "__code__", None)
    return f"{_short(code.co_filename)}:{code.co_firstlineno}: " if code is not None else ""
