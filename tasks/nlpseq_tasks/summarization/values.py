"""What fills the slots of a report: names put together from syllables, numbers, and words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nlpseq_tasks.chance import Chance

Words = tuple[str, ...]


def listed(text: str) -> Words:
    """The phrases of a text, which commas set apart."""
    return tuple(" ".join(phrase.split()) for phrase in text.split(","))


class Name(NamedTuple):
    """A word of syllables, perhaps with a word of a list before or behind it."""

    starts: Words
    middles: Words
    ends: Words
    before: Words = ()
    behind: Words = ()

    def draw(self, chance: Chance) -> str:
        """One of many thousands."""
        word = "".join(chance.pick(part) for part in (self.starts, self.middles, self.ends))
        around = (self.before, (word,), self.behind)
        return " ".join(chance.pick(words) for words in around if words)


class Number(NamedTuple):
    """A number between two others, ``step`` apart; thousands are set apart by commas."""

    low: int
    high: int
    step: int = 1
    decimals: int = 0

    def draw(self, chance: Chance) -> str:
        """One of them, each as likely as the next."""
        value = chance.pick(range(self.low, self.high + 1, self.step))
        return f"{value / 10**self.decimals:,.{self.decimals}f}"


class Score(NamedTuple):
    """The goals of the winners and of the losers."""

    def draw(self, chance: Chance) -> str:
        """The higher number first."""
        losers = chance.pick(range(4))
        return f"{losers + 1 + chance.pick(range(4))}-{losers}"


STARTS = listed(
    """Mar, Kel, Tor, Bran, Wil, Hal, Dor, Fen, Gar, Hol, Lin, Nor, Ot, Pel, Ros, Sel, Tam,
    Ul, Ven, Wex, Yar, Zel, Bel, Cal, Dun, El, Far, Gil, Har, Il, Jes, Kir, Lam, Mel, Nes, Or,
    Pem, Quil, Ral, Stor, Thar, Tren, Wal"""
)
MIDDLES = listed(
    """, a, e, i, o, er, en, el, an, in, on, der, ver, ten, men, ler, ner, ker, ster, ming,
    al, ar, ber, nel, ring"""
)
TOWN = Name(
    STARTS,
    MIDDLES,
    listed(
        """beck, ton, by, ford, stead, wick, ham, dale, mouth, well, field, bridge, burn, worth,
        ley, stow, combe, gate, holm, thorpe, bury, haven, minster, cliff"""
    ),
)
TEAM = TOWN._replace(behind=listed("United, Rovers, Athletic, Wanderers, Albion, Rangers"))
COMPANY = Name(
    STARTS,
    MIDDLES,
    listed("ona, idia, tec, mora, sys, ora, pax, lux, vita, gen, flex, quest"),
    behind=listed("Foods, Motors, Energy, Textiles, Paper, Glass, Ships, Tools"),
)
PERSON = Name(
    listed(
        """Far, Hol, Mer, Tal, Win, Bex, Cor, Dra, Ell, Fos, Gre, Hart, Ing, Jar, Kes, Lan, Mor,
        Nor, Pry, Quen, Ren, Sto, Tre, Val, Wes, Har, Bel, Cas, Del, Hob"""
    ),
    listed(", a, e, i, o, en, er, ol, an, in, or, ber, ter, mer"),
    listed(
        """row, man, ley, well, den, ster, mond, ling, combe, ward, son, by, lund, ton, more,
        vick, shaw, brook, nell, dale"""
    ),
    before=listed(
        """Ines, Adam, Clara, Boris, Dalia, Emil, Fiona, Georg, Hanna, Igor, Julia, Karim, Lena,
        Marco, Nadia, Oscar, Paula, Quentin, Rosa, Simon, Tessa, Umar, Vera, Walter, Yara, Zeno,
        Alice, Bruno, Carmen, David, Elena, Felix, Greta, Hugo, Irene, Jonas"""
    ),
)

COPIED: Mapping[str, Name | Number | Score] = {
    "town": TOWN,
    "team": TEAM,
    "company": COMPANY,
    "person": PERSON,
    "euros": Number(21_000, 989_000, 10),
    "count": Number(1_010, 39_990),
    "many": Number(120, 6_990),
    "some": Number(20, 98),
    "few": Number(2, 19),
    "goals": Number(2, 6),
    "rain": Number(301, 2_990, decimals=1),
    "heat": Number(312, 429, decimals=1),
    "majority": Number(501, 649, decimals=1),
    "minority": Number(21, 149, decimals=1),
    "turnout": Number(351, 798, decimals=1),
    "score": Score(),
}
"""Names and numbers, by the kind of slot: a headline copies them from its report."""

WORDS: Mapping[str, Words] = {
    "year": tuple(str(year) for year in range(1890, 2020)),
    "day": listed("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
    "work": listed(
        """build a bridge, build a library, build a swimming pool, repair the town hall,
        widen the main road, buy the old mill, plant a forest, restore the castle,
        close the airfield, move the market, extend the harbour, open a youth centre"""
    ),
    "goods": listed("bicycles, watches, phones, coats, bottles of wine, violins, cameras"),
    "place": listed("a shop, a warehouse, a factory, a museum, a train, a ship"),
    "vehicle": listed("bus, lorry, tram, tractor, van, train"),
    "obstacle": listed("tree, wall, bridge, barn, lamp post, fence"),
    "find": listed("skeleton, tomb, boat, statue, necklace, mosaic, drum"),
    "creature": listed("beetle, frog, spider, tulip, moth, snail, fern"),
    "art": listed("poetry, film, painting, theatre, music, photography"),
    "festival": listed("jazz festival, book fair, film festival, kite festival, flower show"),
    "school": listed("school, kindergarten, university, college, music school"),
    "crop": listed("apples, potatoes, wheat, hops, cherries, pumpkins"),
    "reason": listed("repairs, flooding, a rockfall, fallen trees, a strike"),
    "illness": listed("flu, measles, hay fever, food poisoning, heatstroke"),
}
"""What is neither: a headline says it too, but it can be learned by heart."""


def draw(kind: str, chance: Chance) -> str:
    """What fills a slot of a kind."""
    return COPIED[kind].draw(chance) if kind in COPIED else chance.pick(WORDS[kind])
