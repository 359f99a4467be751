"""What reaches a person: results on standard output, everything else on standard error.

A pipe or file gets results exactly as they are. A terminal obeys what it is sent, so there
everything passes through :func:`shown` first.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from nlpseq.errors import Stopped, StorageError

LONGEST = 500
"""Characters of an error message at most."""

_UNSHOWABLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but for \t and \n, DEL, C1
    "\u2028\u2029\ud800-\udfff"  # line and paragraph separator, lone surrogates
    "\u202d\u202e"  # overrides of the writing direction
    "\xad\u115f\u1160\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164"  # invisible
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    "]"
)
_DIRECTED = re.compile("[\u202a-\u202c\u2066-\u2069]")
_OPENERS = {"\u202c": "\u202a\u202b", "\u2069": "\u2066\u2067\u2068"}  # by what closes them
_YELLOWS = (230, 229, 228, 227, 226)  # of the 256 colours, pale to strong; black reads on all


def shown(text: str) -> str:
    """``text`` with all that could drive a terminal, or deceive its reader, written out.

    That is: control characters but for tab and newline, separators of lines and paragraphs,
    characters that are invisible, lone surrogates, and marks of the writing direction that
    override it or are not closed on their line. Joiners, combining marks and text from right
    to left stay.
    """
    if _DIRECTED.search(text):
        text = "\n".join(map(_balanced, text.split("\n")))
    return _UNSHOWABLE.sub(lambda match: _escape(match[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _balanced(line: str) -> str:
    """A line with the marks of direction that lack their partner written out."""
    open_places: list[int] = []
    lonely = set()
    for match in _DIRECTED.finditer(line):
        place, mark = match.start(), match[0]
        if mark not in _OPENERS:
            open_places.append(place)
        elif open_places and line[open_places[-1]] in _OPENERS[mark]:
            open_places.pop()
        else:
            lonely.add(place)
    lonely.update(open_places)
    return "".join(_escape(c) if place in lonely else c for place, c in enumerate(line))


def cut(text: str) -> str:
    """``text`` on one line, and not longer than a person reads."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}... ({len(line):,} characters)"


class Shade(NamedTuple):
    """A word, and the share of attention it got."""

    word: str
    weight: float


class Console:
    """The terminal, pipes or files that this process writes to."""

    quiet = False  # no notes
    debug = False  # errors come with their traceback
    _renewed = False  # whether a line stands there that the next one takes the place of

    def note(self, text: str) -> None:
        """Say how things go; not with ``--quiet``."""
        if not self.quiet:
            self.complain(text)

    def complain(self, text: str) -> None:
        """Say what went wrong."""
        self._write(f"{shown(text)}\n")

    def renewing(self) -> Callable[[str], None] | None:
        """What shows a line until the next comes; None where no terminal is to show any."""
        if self.quiet or sys.stderr is None or not sys.stderr.isatty():
            return None
        return self._renew

    def _renew(self, text: str) -> None:
        self._write(shown(text))
        self._renewed = True

    def _write(self, text: str) -> None:
        """Write to standard error, in the place of a line that does not stay."""
        if sys.stderr is not None:
            with contextlib.suppress(OSError):  # nobody listens, and there is no one else to tell
                sys.stderr.write("\r\x1b[K" + text if self._renewed else text)
                sys.stderr.flush()
        self._renewed = False

    def result(self, text: str, shades: Sequence[Shade] = ()) -> None:
        """Print a result, and behind it words shaded by their weight.

        Raises:
            Stopped: the reader has gone, as in ``| head -1``.
            StorageError: standard output does not take it.
        """
        if sys.stdout is None:
            raise StorageError("standard output: closed")
        if sys.stdout.isatty():
            text = shown(text) + (_coloured(shades) if _colours() else shown(bracketed(shades)))
        else:
            text += bracketed(shades)
        try:
            sys.stdout.buffer.write(f"{text}\n".encode(errors="backslashreplace"))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise Stopped(signal.SIGPIPE) from None
        except OSError as error:
            raise StorageError(f"standard output: not written: {error.strerror}") from error

    def document(self, value: Any) -> None:
        """Print ``value`` as one JSON document."""
        self.result(json.dumps(value, allow_nan=False, ensure_ascii=False, indent=2))


console = Console()
"""Of this process."""


def bracketed(shades: Sequence[Shade]) -> str:
    """Words with their weights behind them, after a tab: ``not [0.31] bad [0.60]``."""
    words = " ".join(f"{word} [{weight:.2f}]" for word, weight in shades)
    return f"\t{words}" if words else ""


def _coloured(shades: Sequence[Shade]) -> str:
    """Words on a ground that is the stronger, the nearer their weight is to the largest."""
    largest = max((weight for _, weight in shades), default=0.0) or 1.0
    levels = [round(weight / largest * len(_YELLOWS)) for _, weight in shades]
    words = [
        f"\x1b[30;48;5;{_YELLOWS[level - 1]}m{shown(word)}\x1b[0m" if level else shown(word)
        for level, (word, _) in zip(levels, shades, strict=True)
    ]
    return "\t" + " ".join(words) if words else ""


def _colours() -> bool:
    """Whether the terminal can and may show colours; see https://no-color.org."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
