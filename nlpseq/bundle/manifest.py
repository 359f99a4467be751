"""Opening a model folder safely: nothing is parsed before its digest was checked.

Digests show that a folder is whole, not who made it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from nlpseq.errors import BundleError, Faulty, handing, raised

FORMAT = 1
MANIFEST = "bundle.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?")
_JSON_BYTES = 2**20
_JSON_DEPTH = 32
_FILE_BYTES = 8 * 2**30
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PICKLE = re.compile(rb"\x80[\x02-\x05]|PK\x03\x04")


def refuse(folder: Path, file: str, rule: str, found: object, expected: object = "") -> NoReturn:
    """Raise the :class:`BundleError` that all refusals share."""
    asked = f" (expected {expected})" if expected else ""
    raise BundleError(f"refused bundle '{folder}': {file}: {rule}: {found}{asked}")


def describe(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Size and digest of each file, as the manifest lists them."""
    return {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    }


def read_files(folder: Path, faulty: Faulty = raised) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest and the verified bytes of every file it lists; ``faulty`` is told of files.

    Raises:
        BundleError: a file is missing, not listed, not regular, too large or altered, or the
            manifest is of a newer format.
    """
    present = _listing(folder, faulty)
    if MANIFEST not in present:
        hint = (
            "a run folder keeps its model in RUN/model"
            if (folder / "model").is_dir()
            else "not a model folder"
        )
        refuse(folder, MANIFEST, "missing", hint)
    manifest = read_table(folder, MANIFEST)
    if manifest.get("format") != FORMAT:
        refuse(
            folder,
            MANIFEST,
            "format",
            manifest.get("format"),
            f"{FORMAT}, which this nlpseq reads; upgrade",
        )
    listed = manifest.get("files")
    if not isinstance(listed, dict):
        refuse(folder, MANIFEST, "files", listed, "a table of files")
    for name in sorted({*listed, MANIFEST} ^ present):
        found = "not listed" if name in present else "missing"
        with handing(faulty):
            refuse(folder, name, "listing", found, "exactly the files of the manifest")
    files = {}
    for name in [name for name in listed if name in present]:
        with handing(faulty):
            files[name] = _verified(folder, name, listed[name])
    return manifest, files


def read_table(folder: Path, name: str) -> dict[str, Any]:
    """A JSON file of a bundle by itself; that it is the one the manifest lists is not checked.

    Raises:
        BundleError: it is not there, or not strict JSON.
    """
    return parse_json(folder, name, _bytes(folder, name, _JSON_BYTES))


def _listing(folder: Path, faulty: Faulty) -> set[str]:
    """The names of all files, each a regular file with a plain name."""
    if not folder.is_dir():
        raise BundleError(f"{folder}: no such model folder")
    names = set()
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            relative = (Path(parent) / name).relative_to(folder).as_posix()
            with handing(faulty):
                if _is_file(folder, relative):
                    names.add(relative)
    with handing(faulty):
        if len({name.casefold() for name in names}) < len(names):
            refuse(folder, sorted(names)[0], "name", "two names that differ in case only")
    return names


def _is_file(folder: Path, name: str) -> bool:
    """Whether a name stands for a file; it may be a folder, and nothing else."""
    mode = (folder / name).lstat().st_mode
    if not _NAME.fullmatch(name):
        refuse(folder, name, "name", "not allowed", "letters, digits, . _ -")
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        refuse(folder, name, "kind", "a link or device", "a regular file")
    return stat.S_ISREG(mode)


def _bytes(folder: Path, name: str, limit: int) -> bytes:
    try:
        file = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        refuse(folder, name, "reading", error.strerror)
    with os.fdopen(file, "rb") as stream:
        size = os.fstat(file).st_size
        if size > limit:
            refuse(folder, name, "size", f"{size} bytes", f"at most {limit}")
        return stream.read()


def _verified(folder: Path, name: str, entry: Any) -> bytes:
    entry = entry if isinstance(entry, dict) else {}
    size, digest = entry.get("size"), entry.get("sha256")
    if not isinstance(size, int) or not isinstance(digest, str):
        refuse(folder, MANIFEST, "entry", name, "its size and sha256")
    data = _bytes(folder, name, min(size, _FILE_BYTES))
    if _PICKLE.match(data):
        refuse(folder, name, "content", "is a Python pickle; it can run code and is never loaded")
    found = hashlib.sha256(data).hexdigest()
    if len(data) != size or found != digest:
        whole = f"{size} bytes, {digest[:12]}"
        refuse(folder, name, "digest", f"{len(data)} bytes, {found[:12]}", whole)
    return data


def parse_json(folder: Path, name: str, data: bytes) -> dict[str, Any]:
    """A JSON table, strictly: no key twice, numbers finite and small, not deep, all printable."""
    if len(data) > _JSON_BYTES:
        refuse(folder, name, "size", f"{len(data)} bytes", f"at most {_JSON_BYTES}")
    try:
        text = data.decode()
        if _depth(text) > _JSON_DEPTH:
            refuse(folder, name, "json", "nested too deep", f"at most {_JSON_DEPTH}")
        value = json.loads(
            text,
            object_pairs_hook=_table,
            parse_constant=_number,
            parse_float=_number,
            parse_int=_whole,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except ValueError as error:
        refuse(folder, name, "json", error, "what nlpseq writes")
    if not isinstance(value, dict):
        refuse(folder, name, "json", f"a {type(value).__name__}", "a table")
    return value


def _table(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a key stands twice")
    return table


def _number(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError(f"{text} is not a finite number")
    return float(text)


def _whole(text: str) -> int:
    if not -(2**63) <= int(text) < 2**63:
        raise ValueError("a whole number of more than 64 bits")
    return int(text)


def _depth(text: str) -> int:
    """How deep brackets nest, those inside texts left out."""
    deepest = depth = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
