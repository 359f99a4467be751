"""Every setting there is, typed, with its reason.

In all of them 0 (for numbers) and "" (for texts) mean "not used", as TOML has no null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nlpseq.config import (
    Layer,
    Member,
    Tree,
    as_tree,
    flatten,
    member,
    merge,
    read,
    section,
    setting,
    spelt_out,
)
from nlpseq.errors import SettingError
from nlpseq.languages import language


@dataclass(frozen=True)
class DataSettings:
    """Where the examples come from."""

    train: tuple[str, ...] = setting(
        ("sample",),
        "a file, a folder, the prefix of parallel files, hub:NAME or 'sample'; repeatable",
    )
    valid: tuple[str, ...] = setting(
        (), "what early stopping looks at; split off from train when not given; repeatable"
    )
    test: tuple[str, ...] = setting((), "what is judged once, at the end; repeatable")
    columns: Mapping[str, str] = setting(
        {}, "which column is which, by name or number: text=body,label=2"
    )
    language: str = setting("en", "the language of the texts; tokenizers and metrics follow it")
    languages: tuple[str, ...] = setting(
        (), "source and target language, as in --langs de-en; parallel files end in them"
    )
    encoding: str = setting("utf-8", "of text files; never guessed")
    holdout: float = setting(
        0.1,
        "share split off for validation when no file is given, 10,000 rows at most",
        least=0,
        most=0.9,
    )
    seed: int = setting(
        1, "of which rows are split off; training.seed leaves them as they are", least=0
    )
    allow_empty: bool = setting(False, "train although more than 5% of the rows lack a value")

    def __post_init__(self) -> None:
        if len(self.languages) > 2:
            found = "-".join(self.languages)
            raise SettingError(f"found languages = {found!r}, expected those of source and target")
        if self.languages and self.language != "en":
            raise SettingError(
                f"found language = {self.language!r} beside languages = "
                f"{'-'.join(self.languages)!r}, expected one of them; of two languages give --langs"
            )

    @property
    def spoken(self) -> tuple[str, ...]:
        """The source and the target language, or the one of both."""
        return self.languages or (self.language,)

    def language_of(self, side: str) -> str:
        """The language of "source" or "target"."""
        if not self.languages:
            return self.language
        return self.languages[:2][0 if side == "source" else -1]


@dataclass(frozen=True)
class VectorSettings:
    """Pretrained word vectors."""

    source: str = setting(
        "", "for the words of the source: a file, or train:word2vec, or train:fasttext"
    )
    target: str = setting("", "for the words of the target, in the same ways")
    text: str = setting(
        "", "more text, a line each, to train those of the source on besides the training texts"
    )
    width: int = setting(100, "of vectors that are trained here", least=1, most=4096)
    epochs: int = setting(5, "of vectors that are trained here", least=1)
    extra_words: int = setting(
        20_000,
        "words with vectors that join the source's vocabulary though not in the training texts",
        least=0,
    )
    frozen_epochs: int = setting(0, "epochs before the vectors are tuned; -1 never", least=-1)


@dataclass(frozen=True)
class TextSettings:
    """From texts to ids."""

    tokenizer: Member = member(
        "nlpseq.text.tokenizers:TOKENIZERS", "nltk", "splits texts into tokens"
    )
    lowercase: bool = setting(False, "fold case before splitting")
    shared: bool = setting(False, "one tokenizer and one vocabulary for source and target")
    vocabulary_size: int = setting(
        50_000, "most frequent tokens that are kept", least=1, most=2**20
    )
    min_count: int = setting(1, "tokens seen less often are unknown", least=1)
    max_tokens: int = setting(
        4096,
        "longer texts are cut there, and counted; in use, models that write answer them in parts",
        least=1,
        most=65_536,
    )
    vectors: VectorSettings = section(VectorSettings)


@dataclass(frozen=True)
class TrainingSettings:
    """How the weights are found."""

    epochs: int = setting(20, "passes over the training part at most", least=1)
    max_minutes: float = setting(0.0, "time budget, to which the schedule is fitted", least=0)
    batch_rows: int = setting(64, "examples in a batch at most", least=1)
    batch_tokens: int = setting(
        8192, "source and target tokens in a batch at most", least=1, most=65_536
    )
    accumulate: int = setting(1, "batches whose gradients make one update", least=1)
    optimizer: Member = member(
        "nlpseq.training.optimizers:OPTIMIZERS", "adam", "turns gradients into steps"
    )
    schedule: Member = member(
        "nlpseq.training.schedules:SCHEDULES", "constant", "of the learning rate"
    )
    clip: float = setting(1.0, "longest gradient norm; longer ones are scaled to it", least=0)
    l1: float = setting(0.0, "weight of the sum of absolute weights in the loss", least=0)
    l2: float = setting(0.0, "weight of half the sum of squared weights in the loss", least=0)
    metric: str = setting("", "decides which model is best; else the first of the task's metrics")
    patience: int = setting(5, "validations without improvement before stopping", least=0)
    validate_every: int = setting(0, "updates between validations; 0: after each epoch", least=0)
    save_every: int = setting(1000, "updates between checkpoints", least=1)
    keep: int = setting(3, "newest checkpoints that are kept, beside the best", least=2)
    average: int = setting(1, "last validations whose weights are averaged; 1: none are", least=1)
    seed: int = setting(1, "of every random draw", least=0)
    threads: int = setting(0, "processor threads; 0: one per core", least=0)
    device: str = setting("auto", "cpu, cuda, or auto: a GPU where there is one")
    precision: Literal["auto", "fp32", "bf16"] = setting(
        "auto", "of products; bf16 keeps 8 bits of a number; auto: bf16 where that is faster"
    )
    tensorboard: bool = setting(False, "also write TensorBoard events into the run folder")


@dataclass(frozen=True)
class SearchSettings:
    """How answers are found."""

    batch: int = setting(64, "texts that are answered at once", least=1)
    method: Literal["beam", "greedy", "sampling"] = setting(
        "beam", "keep several answers as they grow; the likeliest word each time; draw words"
    )
    beam: int = setting(5, "answers that beam search keeps as they grow", least=1, most=64)
    n_best: int = setting(1, "answers to each text, the best first", least=1, most=64)
    length_penalty: float = setting(
        1.0, "alpha of Wu et al. (2016): how much longer answers are favoured", least=0, most=10
    )
    coverage_penalty: float = setting(
        0.0,
        "beta of Wu et al. (2016): how much it costs to leave words of the source",
        least=0,
        most=100,
    )
    min_length: int = setting(
        0, "tokens of an answer at least, or of each part of a long one", least=0, most=1024
    )
    max_length: int = setting(
        0,
        "tokens of an answer, or of each part of a long one, at most; 0: twice the text's, and 50",
        least=0,
        most=1024,
    )
    no_repeat_ngram: int = setting(
        0, "no sequence of so many tokens stands twice in an answer; 0: any may", least=0
    )
    temperature: float = setting(1.0, "of sampling: lower is surer", least=0.01, most=100)
    top_k: int = setting(0, "sampling draws from so many likeliest words; 0: from all", least=0)
    top_p: float = setting(
        1.0, "sampling draws from the likeliest words of that share", least=0.01, most=1
    )
    seed: int = setting(1, "of sampling: the same seed and text give the same answers", least=0)
    prefix: str = setting("", "text that every answer begins with")
    require: tuple[str, ...] = setting((), "texts that every answer contains")
    minimum_risk: int = setting(
        0,
        "samples, of which the one closest to the others by the metric is the answer",
        least=0,
        most=64,
    )
    precision: Literal["fp32", "bf16", "int8"] = setting(
        "fp32", "of products with weights: fewer bits answer faster, and nearly the same"
    )
    replace_unknown: bool = setting(
        False, "unknown words of an answer become the source word most attended to"
    )


@dataclass(frozen=True)
class BundleSettings:
    """What the model folder holds besides the model."""

    half: bool = setting(False, "weights in half precision: half the size, and judged as such")
    licence: str = setting("", "of the data, for the card")
    examples: tuple[str, ...] = setting((), "texts that the card shows with their answers")


@dataclass(frozen=True)
class Settings:
    """The whole tree."""

    data: DataSettings = section(DataSettings)
    text: TextSettings = section(TextSettings)
    model: Member = member("nlpseq.model:MODELS", "", "the network; the task names it")
    training: TrainingSettings = section(TrainingSettings)
    search: SearchSettings = section(SearchSettings)
    bundle: BundleSettings = section(BundleSettings)


def resolve(layers: Sequence[Layer]) -> Settings:
    """Read the settings from layers, the highest last.

    A tokenizer that no layer names is the one for the language.
    """
    values: Tree = {}
    for layer in layers:
        values = merge(spelt_out(Settings, values), layer.values)
    settings: Settings = read(Settings, values)
    if "tokenizer" not in values.get("text", {}):
        fitting = language(settings.data.language_of("source")).tokenizer
        settings = read(Settings, merge(values, {"text": {"tokenizer": fitting}}))
    return settings


def origins(layers: Sequence[Layer]) -> dict[str, str]:
    """For each setting that a layer gives, and no higher one drops, the layer it comes from."""
    found: dict[str, str] = {}
    for layer, left in _laid(layers):
        found = {path: origin for path, origin in found.items() if path in left}
        for path, _ in flatten(layer.values):
            found[path if path in left else f"{path}.name"] = layer.origin  # a member by its name
    return found


def dropped(layers: Sequence[Layer]) -> list[str]:
    """What a lower layer gave for a member in whose place another came, and is otherwise now.

    A line for each setting that the other member has too, unless a layer gives it again.
    """
    resolved = dict(flatten(as_tree(resolve(layers))))
    lines: dict[str, str] = {}
    before: dict[str, Any] = {}
    for number, (layer, left) in enumerate(_laid(layers)):
        whence = origins(layers[:number])
        for path in before.keys() - left.keys():
            name = next((n for n in _members(path) if before.get(n) != left.get(n)), "")
            if name and resolved.get(path, before[path]) != before[path]:
                lines[path] = (
                    f"setting {path}: {resolved[path]!r}, as {name} = {left[name]} "
                    f"({layer.origin}) drops the {before[path]!r} for {before[name]} "
                    f"({whence[path]}); give it again if it is wanted"
                )
        before = left
    return [lines[path] for path in sorted(lines.keys() - before.keys())]


def _laid(layers: Sequence[Layer]) -> Iterator[tuple[Layer, dict[str, Any]]]:
    """Each layer, and the leaves of the tree once it is laid over those before it."""
    values: Tree = {}
    for layer in layers:
        values = spelt_out(Settings, merge(values, layer.values))
        yield layer, dict(flatten(values))


def _members(path: str) -> list[str]:
    """The settings that name the members which that one belongs to, the outermost first."""
    parts = path.split(".")
    return [".".join([*parts[:length], "name"]) for length in range(1, len(parts))]
