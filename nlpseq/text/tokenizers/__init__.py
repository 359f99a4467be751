"""Tokenizers: text <-> tokens. One file per library, one line each in the table."""

from nlpseq.registry import Registry

TOKENIZERS = Registry(
    "nlpseq.tokenizers",
    {
        "whitespace": "nlpseq.text.tokenizers.whitespace:WhitespaceTokenizer",
        "character": "nlpseq.text.tokenizers.character:CharacterTokenizer",
        "nltk": "nlpseq.text.tokenizers.nltk:NltkTokenizer",
        "spacy": "nlpseq.text.tokenizers.spacy:SpacyTokenizer",
        "sentencepiece": "nlpseq.text.tokenizers.sentencepiece:SentencepieceTokenizer",
    },
)
