"""Answers of JoeyNMT 2.3, for the Python of its environment: a question a line, JSON.

``CONFIG [CHECKPOINT]``: of its training. A question is ``{"beam": 1, "length": 14, "texts": [..]}``
and the answers follow the mark on a line of standard output.
"""

import json
import sys
from typing import Any

from joeynmt.config import load_config, parse_global_args
from joeynmt.prediction import predict, prepare

MARK = "ANSWERS "
config = load_config(sys.argv[1])
config["testing"]["load_model"] = sys.argv[2] if sys.argv[2:] else None
args = parse_global_args(config, rank=0, mode="translate")
model, _, _, stream = prepare(args, rank=0, mode="translate")


def search(beam: int, length: int) -> Any:
    """Its settings of a search; without a length answers are as long as the model makes them."""
    asked = args.test._replace(beam_size=beam, batch_size=64, batch_type="sentence", n_best=1)
    return asked._replace(min_output_length=length, max_output_length=length) if length else asked


for line in sys.stdin:
    asked = json.loads(line)
    stream.reset_cache()
    for text in asked["texts"]:
        stream.set_item(text)
    answers = predict(
        model=model, data=stream, device=args.device, n_gpu=0, normalization="none",
        args=search(asked["beam"], asked["length"]), autocast=args.autocast,
    )[2]  # fmt: skip
    print(f"\n{MARK}{json.dumps(answers)}", flush=True)
