"""A model folder is whole, or it is refused by name before anything in it is parsed."""

import hashlib
import json
import os
import pickle
import re

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from nlpseq.bundle import manifest
from nlpseq.bundle.manifest import MANIFEST, describe, parse_json, read_files, seal
from nlpseq.durable import as_json
from nlpseq.errors import BundleError

FORM = re.compile(r"refused bundle '[^']+': [^:]+: [^:]+: .+")  # file: rule: found (expected x)
FILES = {
    "weights.safetensors": b"\x00\x01",
    "model.json": b"{}\n",
    "tokenizer/source.vocabulary": b"a\t1\n",
}


def write(folder, files=FILES, **changes):
    """A bundle as nlpseq writes one, with changes in its manifest."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    table = {"format": 1, "files": describe(files), **changes}
    (folder / MANIFEST).write_bytes(seal(table))
    return folder


@pytest.fixture
def bundle(tmp_path):
    return write(tmp_path / "bundle")


def refusal(act, *arguments):
    with pytest.raises(BundleError) as error:
        act(*arguments)
    assert FORM.fullmatch(str(error.value)), str(error.value)
    return str(error.value).partition("': ")[2]


def test_a_whole_bundle_gives_its_manifest_and_its_bytes(bundle):
    table, files = read_files(bundle)
    assert files == FILES
    assert table["files"]["model.json"] == {
        "size": 3,
        "sha256": hashlib.sha256(b"{}\n").hexdigest(),
    }


@pytest.mark.parametrize("length", [640, 896, 1152, 1408])
def test_weights_whose_header_has_the_length_that_begins_a_pickle_are_weights(tmp_path, length):
    tensors = {"a": torch.zeros(1)}
    header = len(safetensors.torch.save(tensors)) - 8 - 4
    metadata = {"x": "y" * (length - header - len('"__metadata__":{"x":""},'))}
    weights = safetensors.torch.save(tensors, metadata)
    assert weights[:2] == bytes([0x80, length >> 8])
    _, files = read_files(write(tmp_path / "b", {**FILES, "weights.safetensors": weights}))
    assert files["weights.safetensors"] == weights


def test_any_byte_changed_in_any_file_is_found(bundle):
    for name, data in FILES.items():
        for place in range(len(data)):
            changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            (bundle / name).write_bytes(changed)
            assert refusal(read_files, bundle).startswith(f"{name}: digest: {len(data)} bytes, ")
        (bundle / name).write_bytes(data)
    assert read_files(bundle)[1] == FILES


def test_any_byte_changed_in_the_manifest_is_found(bundle):
    written = (bundle / MANIFEST).read_bytes()
    for place in range(len(written)):
        changed = written[:place] + bytes([written[place] ^ 1]) + written[place + 1 :]
        (bundle / MANIFEST).write_bytes(changed)
        assert refusal(read_files, bundle).startswith("bundle.json: ")


def test_a_manifest_that_was_written_by_another_program_is_refused(bundle):
    (bundle / MANIFEST).write_bytes(
        json.dumps(json.loads((bundle / MANIFEST).read_bytes())).encode()
    )
    assert refusal(read_files, bundle) == "bundle.json: digest: changed since it was written"


def elsewhere(folder):
    path = folder.parent / "elsewhere"
    path.mkdir()
    return path


def link(folder):
    (folder / "model.json").rename(elsewhere(folder) / "x")
    (folder / "model.json").symlink_to(folder.parent / "elsewhere" / "x")


def link_folder(folder):
    (folder / "tokenizer").rename(elsewhere(folder) / "x")
    (folder / "tokenizer").symlink_to(folder.parent / "elsewhere" / "x")


def link_manifest(folder):
    (folder / MANIFEST).rename(elsewhere(folder) / "x")
    (folder / MANIFEST).symlink_to(folder.parent / "elsewhere" / "x")


def fifo(folder):
    (folder / "model.json").unlink()
    os.mkfifo(folder / "model.json")


def unlisted(folder):
    (folder / "sitecustomize.py").write_bytes(b"")


def missing(folder):
    (folder / "model.json").unlink()


def without_manifest(folder):
    (folder / MANIFEST).unlink()


def a_run(folder):
    without_manifest(folder)
    (folder / "model").mkdir()


def shorter(folder):
    (folder / "model.json").write_bytes(b"{")


def longer(folder):
    (folder / "model.json").write_bytes(b"{}\n ")


def huge(folder):
    os.truncate(folder / "weights.safetensors", 2**40)  # a hole: it takes no room


def huge_manifest(folder):
    os.truncate(folder / MANIFEST, 2**40)


def hidden(folder):
    (folder / ".pth").write_bytes(b"")


def with_escape(folder):
    (folder / "a\x1b[2Jb").write_bytes(b"")


def not_utf8(folder):
    with open(os.fsencode(folder) + b"/\xff", "wb"):
        pass


def too_long(folder):
    (folder / ("a" * 101)).write_bytes(b"")


def too_deep(folder):
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "c").write_bytes(b"")


def same_in_small_letters(folder):
    write(folder, {**FILES, "Model.json": b""})


def pickled(folder):
    write(folder, {**FILES, "weights.safetensors": b"\x80\x04\x95."})


def pickled_in_frames(folder):
    data = pickle.dumps(b"x" * 2**16, protocol=4)
    write(folder, {**FILES, "weights.safetensors": data})


def old_torch_file(folder):
    write(folder, {**FILES, "weights.safetensors": b"PK\x03\x04archive/data.pkl"})


def newer(folder):
    write(folder, format=3)


def formless(folder):
    write(folder, format=None)


def listing(value):
    def harm(folder):
        write(folder)
        table = {"format": 1, "files": value}
        (folder / MANIFEST).write_bytes(seal(table))

    return harm


def entry(value):
    return listing({**describe(FILES), "model.json": value})


def manifest_of(data):
    def harm(folder):
        (folder / MANIFEST).write_bytes(data)

    return harm


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (link, "model.json: kind: a link or device (expected a regular file)"),
        (link_folder, "tokenizer: kind: a link or device (expected a regular file)"),
        (link_manifest, "bundle.json: kind: a link or device (expected a regular file)"),
        (fifo, "model.json: kind: a link or device (expected a regular file)"),
        (unlisted, "sitecustomize.py: listing: not listed (expected exactly the files of the"),
        (missing, "model.json: listing: missing (expected exactly the files of the manifest)"),
        (without_manifest, "bundle.json: missing: not a model folder"),
        (a_run, "bundle.json: missing: a run folder keeps its model in RUN/model"),
        (shorter, "model.json: digest: 1 bytes, "),
        (longer, "model.json: size: 4 bytes (expected at most 3)"),
        (huge, f"weights.safetensors: size: {2**40} bytes (expected at most 2)"),
        (huge_manifest, f"bundle.json: size: {2**40} bytes (expected at most {2**20})"),
        (hidden, ".pth: name: not allowed (expected letters, digits, . _ -)"),
        (with_escape, "a\x1b[2Jb: name: not allowed"),
        (not_utf8, "\udcff: name: not allowed"),
        (too_long, "a" * 101 + ": name: not allowed"),
        (too_deep, "a/b/c: name: not allowed"),
        (same_in_small_letters, "Model.json: name: two names that differ in case only"),
        (pickled, "weights.safetensors: content: is a Python pickle; it can run code and is never"),
        (pickled_in_frames, "weights.safetensors: content: is a Python pickle; it can run code"),
        (old_torch_file, "weights.safetensors: content: is a Python pickle; it can run code"),
        (listing({**describe(FILES), "../secret": {}}), "../secret: listing: missing"),
        (newer, "bundle.json: format: 3 (expected 1, which this nlpseq reads; upgrade)"),
        (formless, "bundle.json: format: None (expected 1, which this nlpseq reads"),
        (listing(None), "bundle.json: files: None (expected a table of files)"),
        (listing([{}]), "bundle.json: files: [{}] (expected a table of files)"),
        (listing({}), "model.json: listing: not listed"),
        (entry(None), "bundle.json: entry: model.json (expected its size and sha256)"),
        (entry({"size": 3}), "bundle.json: entry: model.json (expected its size and sha256)"),
        (entry({"size": "3", "sha256": "a"}), "bundle.json: entry: model.json (expected its size"),
        (entry({"size": 3, "sha256": 5}), "bundle.json: entry: model.json (expected its size"),
        (entry({"size": 3, "sha256": "a"}), "model.json: digest: 3 bytes, "),
        (entry({"size": -1, "sha256": "a"}), "model.json: size: 3 bytes (expected at most -1)"),
        (manifest_of(b""), "bundle.json: json: not JSON: Expecting value"),
        (manifest_of(b"[]"), "bundle.json: json: found '[]', expected a JSON object"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_harmed_bundle_is_refused_with_file_rule_and_finding(bundle, harm, message):
    harm(bundle)
    assert refusal(read_files, bundle).startswith(message)


def test_what_is_no_folder_is_said_to_be_none(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "nowhere"):
        with pytest.raises(BundleError, match=f"^{path}: no such model folder$"):
            read_files(path)


def test_a_file_that_may_not_be_read_is_named(bundle, monkeypatch):
    def refuse(path, flags):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(manifest.os, "open", refuse)
    assert refusal(read_files, bundle) == "bundle.json: reading: Permission denied"


def test_a_link_that_takes_the_place_of_a_file_after_the_look_is_not_followed(bundle, monkeypatch):
    look = manifest._listing

    def look_then_swap(folder, faulty):
        found = look(folder, faulty)
        link(folder)
        return found

    monkeypatch.setattr(manifest, "_listing", look_then_swap)
    assert refusal(read_files, bundle).startswith(
        "model.json: reading: Too many levels of symbolic"
    )


def test_nothing_is_parsed_before_its_digest_was_checked(bundle, monkeypatch):
    (bundle / "model.json").write_bytes(b"[]\n")
    parsed = []
    monkeypatch.setattr(
        json, "loads", lambda text, **how: parsed.append(text) or _loads(text, **how)
    )
    refusal(read_files, bundle)
    assert len(parsed) == 1
    assert '"format"' in parsed[0]


_loads = json.loads

DEEP = 33


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1, "a": 1}', "found the key 'a' twice in one object"),
        (b'{"a": {"b": 1, "b": 2}}', "found the key 'b' twice in one object"),
        (b'{"a": NaN}', "found NaN, which is no JSON"),
        (b'{"a": -Infinity}', "found -Infinity, which is no JSON"),
        (b'{"a": 1e999}', "found 1e999, expected a finite number"),
        (b'{"a": 18446744073709551616}', "found 18446744073709551616, expected a number of at"),
        (
            b'{"a": ' + b"9" * 5000 + b"}",
            "found 9999999999999999999999999999999999999999, expected a number of at most",
        ),
        (b'{"a": "\\ud800"}', 'found "\\ud800", half of a surrogate pair'),
        (b'{"\\udfff": 1}', 'found "\\udfff", half of a surrogate pair'),
        (b'{"a": "\xff"}', "'utf-8' codec can't decode byte 0xff"),
        (b'\xef\xbb\xbf{"a": 1}', "not JSON: Unexpected UTF-8 BOM"),
        (b'{"a": 1} {}', "not JSON: Extra data"),
        (b'{"a": 1,}', "not JSON: "),
        (b"{'a': 1}", "not JSON: "),
        (b"", "not JSON: Expecting value"),
        (b"3", "found '3', expected a JSON object"),
        (b'"a"', "found '\"a\"', expected a JSON object"),
        (b'{"a": ' + b"[" * DEEP + b"]" * DEEP + b"}", "found JSON nested deeper than 32"),
        (b"[" * 100_000, "found JSON nested deeper than 32"),
        (b'{"a":' * 100_000, "found JSON nested deeper than 32"),
        (b'{"' + b"]" * 200_000 + b'": ' + b"[" * 100_000, "found JSON nested deeper than 32"),
        (b'["\\"]]", "\\\\", ' + b'"]}", [' * 99_000, "found JSON nested deeper than 32"),
    ],
)
def test_json_that_is_not_strict_is_refused(tmp_path, data, message):
    assert refusal(parse_json, tmp_path, "model.json", data).startswith(
        f"model.json: json: {message}"
    )


def test_json_of_more_than_1_mib_is_refused(tmp_path):
    found = refusal(parse_json, tmp_path, "model.json", b" " * (2**20 + 1))
    assert found == "model.json: size: 1048577 bytes (expected at most 1048576)"


@pytest.mark.parametrize(
    "value",
    [
        {"a": "[" * 100, "b": ['"]"', "\\", '\\"[' * 40]},
        {"a": [[[1.5, -3, True, None, "\u00e9"]]], "b": {"c": {}}},
        {"a": 2**63 - 1, "b": -(2**63), "c": 1e308},
    ],
)
def test_what_is_only_text_does_not_count_as_depth(tmp_path, value):
    assert parse_json(tmp_path, "model.json", as_json(value)) == value


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=3), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(value=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=3))
def test_what_nlpseq_writes_it_reads_as_it_was(tmp_path_factory, value):
    assert parse_json(tmp_path_factory.getbasetemp(), "model.json", as_json(value)) == value


@given(data=st.binary(max_size=30) | st.text('[]{}",:\\ae1-.0nN ', max_size=30).map(str.encode))
def test_any_bytes_are_a_table_or_are_refused(tmp_path_factory, data):
    try:
        found = parse_json(tmp_path_factory.getbasetemp(), "model.json", data)
    except BundleError as error:
        assert FORM.fullmatch(str(error).replace("\n", " "))  # noqa: PT017 - both ends are right
    else:
        assert found == json.loads(data)
