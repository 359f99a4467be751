"""The command line: a thin layer on the Python API.

Here only what surrounds every command: errors become one line and an exit code.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback

import typer
import typer.main

from nlpseq.cli.app import app
from nlpseq.cli.terminal import console, cut
from nlpseq.errors import NlpseqError, Stopped


def main() -> int:
    """Run the command that the process was started with; return the exit code."""
    code = run(sys.argv[1:])
    if code == 128 + signal.SIGPIPE:  # end as ``cat`` would
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:  # said by now; drop what is left, else Python tries again on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def run(words: list[str]) -> int:
    """Run the command of ``words``; without any, show what there is."""
    try:
        code = typer.main.get_command(app)(
            words or ["--help"], prog_name="nlpseq", standalone_mode=False
        )
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Stopped as stopped:
        return stopped.exit_code
    except SystemExit as end:  # of Typer, when a pipe is closed while it prints help; of a follower
        code = 128 + signal.SIGPIPE if isinstance(end.__context__, BrokenPipeError) else end.code
        if isinstance(code, str):  # as Python itself takes it
            console.complain(f"nlpseq: {cut(code)}")
            code = 1
    except Exception as error:
        if console.debug:
            console.complain(traceback.format_exc())
        message, code = explain(error)
        console.complain(f"nlpseq: {cut(message)}")
    return code if isinstance(code, int) else 0


def explain(error: Exception) -> tuple[str, int]:
    """What to tell a person about an error, and the exit code."""
    match error:
        case NlpseqError():
            return str(error), error.exit_code
        case typer.TyperException():
            return _usage(error), 2
        case OSError():
            return str(error), 1
    advice = "run again with --debug for the traceback"
    return f"internal error: {type(error).__name__}: {error} ({advice})", 1


def _usage(error: typer.TyperException) -> str:
    """What is wrong with the words of a command, and where its help is."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "nlpseq"
    return f"{error.format_message().rstrip('.')}; see {command} --help"
