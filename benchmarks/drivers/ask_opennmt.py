"""Answers of OpenNMT-py 3.5, for the Python of its environment: a question a line, JSON.

``MODEL``: of its training. A question is ``{"beam": 1, "length": 14, "texts": [..]}``; the
answer follows the mark on a line of standard output.
"""

import json
import os
import sys
from typing import Any

from onmt.bin.translate import _get_parser
from onmt.inference_engine import InferenceEnginePY
from onmt.utils.parse import ArgumentParser

MARK = "ANSWERS "


def engine(model: str, beam: int, length: int) -> Any:
    """What searches with a beam of this width."""
    words = ["-model", model, "-src", "-", "-beam_size", str(beam), "-batch_size", "64"]
    words += ["-output", os.devnull]  # beside what it is asked for, it writes a file
    if length:  # else as long as the model makes them
        words += ["-min_length", str(length), "-max_length", str(length), "-max_length_ratio", "0"]
    opt = _get_parser().parse_args([*words, "-batch_type", "sents", "-gpu", "-1"])
    ArgumentParser.validate_translate_opts(opt)
    ArgumentParser._get_all_transform_translate(opt)
    ArgumentParser._validate_transforms_opts(opt)
    ArgumentParser.validate_translate_opts_dynamic(opt)
    return InferenceEnginePY(opt)


engines = {}
for line in sys.stdin:
    asked = json.loads(line)
    kind = (asked["beam"], asked["length"])
    if kind not in engines:
        engines[kind] = engine(sys.argv[1], *kind)
    answers = [best[0] for best in engines[kind].infer_list(asked["texts"])[1]]
    print(f"\n{MARK}{json.dumps(answers)}", flush=True)
