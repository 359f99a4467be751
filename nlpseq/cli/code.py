"""Tasks out of a Python file that a person names on the command line."""

from __future__ import annotations

import functools
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

from nlpseq.errors import PluginError
from nlpseq.task import TASKS, VERBS, Task, check


@functools.cache
def load_code(file: str) -> None:
    """Run ``file``, and know the tasks it defines from now on, like installed ones.

    Raises:
        PluginError: it does not run, defines no task, or one that breaks the contract.
    """
    module = _run(file)
    tasks = [
        found
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Task)
        if found.__module__ == module.__name__ and hasattr(found, "name")
    ]
    if not tasks:
        raise PluginError(f"--code {file}: defines no subclass of nlpseq.task.Task with a name")
    for task in tasks:
        check(f"--code {file}: {task.__name__}", task)
        TASKS.give(task.name, task, file)
        VERBS.give(task.verb, task, file)


def _run(file: str) -> ModuleType:
    name = f"nlpseq_code_{Path(file).stem}"
    spec = spec_from_loader(name, SourceFileLoader(name, file))
    if spec is None or spec.loader is None:
        raise PluginError(f"--code {file}: is not Python code")
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # it may even raise SystemExit
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        raise PluginError(f"--code {file}: failed to load: {reason}") from error
    return module
