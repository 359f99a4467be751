"""Opening a model folder safely: nothing is parsed before its digest was checked.

Digests show that a folder is whole, not who made it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from nlpseq.durable import as_json
from nlpseq.errors import BundleError, Faulty, handing, raised
from nlpseq.text.strict_json import parse_object

FORMAT = 1
MANIFEST = "bundle.json"
_AS_IS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?")
_JSON_BYTES = 2**20
_WEIGHT_BYTES = 8 * 2**30
_FILE_BYTES = 64 * 2**20  # of any other file: 2^20 words and their counts fit in
# The header of safetensors begins with its length, which can look like the start of a pickle.
_PICKLE = re.compile(rb"(?s)\x80[\x02-\x05](?!.\x00{5}\{)|PK\x03\x04")


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


def seal(manifest: Mapping[str, Any]) -> bytes:
    """The manifest as it is written: with the SHA-256 of all the rest of it."""
    rest = {name: value for name, value in manifest.items() if name != "self"}
    return as_json({**rest, "self": hashlib.sha256(as_json(rest)).hexdigest()})


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
    written = _bytes(folder, MANIFEST, _JSON_BYTES)
    manifest = parse_json(folder, MANIFEST, written)
    if manifest.get("format") != FORMAT:
        refuse(
            folder,
            MANIFEST,
            "format",
            manifest.get("format"),
            f"{FORMAT}, which this nlpseq reads; upgrade",
        )
    if seal(manifest) != written:
        refuse(folder, MANIFEST, "digest", "changed since it was written")
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
        file = os.open(folder / name, os.O_RDONLY | _AS_IS)
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
    most = _WEIGHT_BYTES if name.endswith(".safetensors") else _FILE_BYTES
    data = _bytes(folder, name, min(size, most))
    if _PICKLE.match(data):
        refuse(folder, name, "content", "is a Python pickle; it can run code and is never loaded")
    found = hashlib.sha256(data).hexdigest()
    if len(data) != size or found != digest:
        whole = f"{size} bytes, {digest[:12]}"
        refuse(folder, name, "digest", f"{len(data)} bytes, {found[:12]}", whole)
    return data


def parse_json(folder: Path, name: str, data: bytes) -> dict[str, Any]:
    """A JSON object of at most 1 MiB, by the rules of :func:`parse_object`."""
    if len(data) > _JSON_BYTES:
        refuse(folder, name, "size", f"{len(data)} bytes", f"at most {_JSON_BYTES}")
    try:
        return parse_object(data.decode())
    except ValueError as error:
        refuse(folder, name, "json", error, "what nlpseq writes")
