"""The words of the made-up sample, German = English, each with the forms that no rule gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Forms = tuple[str, str, str]
"""Three forms: of a verb for *I*, *it* and *they* (*we* goes with *they*)."""


class Noun(NamedTuple):
    """A noun on both sides; its gender is ``m``, ``f`` or ``n``."""

    gender: str
    singular: str
    oblique: str  # the singular in accusative and dative: der Junge, den Jungen
    plural: str
    english: str
    english_plural: str
    kind: str  # person, or a key of THINGS


class Verb(NamedTuple):
    """A verb on both sides; a separable prefix and an English particle stand apart."""

    prefix: str  # ruft ... an
    infinitive: str
    third: str  # er ruft
    auxiliary: str  # of the perfect: hat or ist
    participle: str
    english: str
    english_third: str
    past: str
    progressive: str  # "" where English has none
    tail: str  # stays before the object: look for it
    particle: str  # goes behind a pronoun: turn it off


class Being(NamedTuple):
    """What German says for *is* and *was*."""

    present: Forms
    past: Forms


class Modal(NamedTuple):
    """A German verb that sends another to the end of its clause."""

    german: Forms
    auxiliary: str  # "" where English has a plain verb and asks for do
    link: str  # between the auxiliary and the infinitive
    third: str  # of the plain verb


class Adverb(NamedTuple):
    """A time on both sides; in English it stands at an edge of the clause or before its verb."""

    german: str
    english: str
    middle: bool = False


def lines(text: str) -> list[tuple[list[str], list[str]]]:
    """Each line of a table as its German and its English fields."""
    rows = (line.partition(" = ") for line in text.strip().splitlines())
    return [
        (german.strip().split(", "), english.strip().split(", ")) for german, _, english in rows
    ]


def nouns(kind: str, table: str) -> tuple[Noun, ...]:
    """Nouns of ``der Junge/Jungen, Jungen = boy``: an oblique form, an English plural if odd."""
    return tuple(_noun(kind, german, english) for german, english in lines(table))


def _noun(kind: str, german: list[str], english: list[str]) -> Noun:
    article, _, singular = german[0].partition(" ")
    singular, _, oblique = singular.partition("/")
    gender = {"der": "m", "die": "f", "das": "n"}[article]
    plural = english[1] if len(english) > 1 else _english_plural(english[0])
    return Noun(gender, singular, oblique or singular, german[1], english[0], plural, kind)


def _english_plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def verbs(text: str) -> tuple[Verb, ...]:
    """Verbs of ``aus|machen, macht, hat ausgemacht = turn|off, turns, turned, turning``."""
    return tuple(_verb(german, english) for german, english in lines(text))


def _verb(german: list[str], english: list[str]) -> Verb:
    prefix, _, infinitive = german[0].rpartition("|")
    auxiliary, participle = german[2].split()
    base, _, particle = english[0].partition("|")
    base, _, tail = base.partition(" ")
    third, past, progressive = [*english[1:], ""][:3]
    return Verb(
        *(prefix, infinitive, german[1], auxiliary, participle),
        *(base, third, past, progressive, tail, particle),
    )


def pairs(text: str) -> dict[str, str]:
    """German words and their English, one a line."""
    return {german[0]: english[0] for german, english in lines(text)}


KIN = nouns(
    "person",
    """
    die Mutter, Mütter = mother
    der Vater, Väter = father
    die Schwester, Schwestern = sister
    der Bruder, Brüder = brother
    die Tante, Tanten = aunt
    der Onkel, Onkel = uncle
    die Großmutter, Großmütter = grandmother
    der Großvater, Großväter = grandfather
    der Freund, Freunde = friend
    """,
)
PEOPLE = nouns(
    "person",
    """
    das Kind, Kinder = child, children
    der Nachbar/Nachbarn, Nachbarn = neighbour
    die Nachbarin, Nachbarinnen = neighbour
    der Arzt, Ärzte = doctor
    die Ärztin, Ärztinnen = doctor
    der Lehrer, Lehrer = teacher
    die Lehrerin, Lehrerinnen = teacher
    der Gast, Gäste = guest
    der Gärtner, Gärtner = gardener
    die Köchin, Köchinnen = cook
    """,
)
STRANGERS = nouns(  # whom nobody calls theirs: meine Frau is my wife
    "person",
    """
    der Mann, Männer = man, men
    die Frau, Frauen = woman, women
    das Mädchen, Mädchen = girl
    der Junge/Jungen, Jungen = boy
    der Student/Studenten, Studenten = student
    der Polizist/Polizisten, Polizisten = policeman, policemen
    """,
)
_TABLES = {
    "text": """
        das Buch, Bücher = book
        der Brief, Briefe = letter
        die Karte, Karten = card
        der Aufsatz, Aufsätze = essay
        der Bericht, Berichte = report
        das Gedicht, Gedichte = poem
    """,
    "food": """
        der Apfel, Äpfel = apple
        die Birne, Birnen = pear
        der Kuchen, Kuchen = cake
        das Brötchen, Brötchen = roll
        das Ei, Eier = egg
        die Kartoffel, Kartoffeln = potato, potatoes
        der Salat, Salate = salad
    """,
    "clothes": """
        der Mantel, Mäntel = coat
        die Jacke, Jacken = jacket
        das Hemd, Hemden = shirt
        der Hut, Hüte = hat
        der Schuh, Schuhe = shoe
        das Kleid, Kleider = dress
    """,
    "lying": """
        der Schlüssel, Schlüssel = key
        das Messer, Messer = knife, knives
        der Löffel, Löffel = spoon
        der Stift, Stifte = pen
        das Bild, Bilder = picture
        das Geschenk, Geschenke = gift
        die Decke, Decken = blanket
    """,
    "standing": """
        die Tasse, Tassen = cup
        das Glas, Gläser = glass
        der Teller, Teller = plate
        die Flasche, Flaschen = bottle
        die Lampe, Lampen = lamp
        der Korb, Körbe = basket
    """,
    "door": """
        die Tür, Türen = door
        das Fenster, Fenster = window
        der Schrank, Schränke = cupboard
        das Tor, Tore = gate
        die Schublade, Schubladen = drawer
        der Koffer, Koffer = suitcase
    """,
    "device": """
        die Lampe, Lampen = lamp
        der Fernseher, Fernseher = television
        das Radio, Radios = radio
        der Computer, Computer = computer
        die Maschine, Maschinen = machine
    """,
    "animal": """
        der Hund, Hunde = dog
        die Katze, Katzen = cat
        das Pferd, Pferde = horse
        der Vogel, Vögel = bird
    """,
    "seat": """
        der Tisch, Tische = table
        der Stuhl, Stühle = chair
        die Bank, Bänke = bench
        das Bett, Betten = bed
        das Sofa, Sofas = sofa
    """,
    "box": """
        der Schrank, Schränke = cupboard
        die Schublade, Schubladen = drawer
        der Koffer, Koffer = suitcase
        die Kiste, Kisten = box
        die Tasche, Taschen = bag
    """,
    "room": """
        die Küche, Küchen = kitchen
        der Garten, Gärten = garden
        der Keller, Keller = cellar
        das Büro, Büros = office
        das Wohnzimmer, Wohnzimmer = living room
        die Werkstatt, Werkstätten = workshop
    """,
    "building": """
        der Bahnhof, Bahnhöfe = station
        der Markt, Märkte = market
        die Schule, Schulen = school
        das Museum, Museen = museum
        die Bibliothek, Bibliotheken = library
        die Kirche, Kirchen = church
        das Hotel, Hotels = hotel
    """,
}
THINGS: Mapping[str, tuple[Noun, ...]] = {
    kind: nouns(kind, table) for kind, table in _TABLES.items()
}

ROOMS = pairs(
    """
    Küchen = kitchen
    Keller = cellar
    Garten = garden
    Büro = office
    Schul = school
    Hotel = hotel
    Wohnzimmer = living room
    Schlafzimmer = bedroom
    Werkstatt = workshop
    Museums = museum
    """
)
DOORS = pairs("Haustür = front door\nKellertür = cellar door\nGartentor = garden gate")
WEARS = pairs("Winter = winter\nSommer = summer\nRegen = rain\nLeder = leather")
FIRST_PARTS: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("Schlüssel", "Lampe"), {**ROOMS, **DOORS}),
    **dict.fromkeys(("Tisch", "Stuhl", "Bank", "Schrank", "Fenster", "Tür"), ROOMS),
    **dict.fromkeys(("Mantel", "Jacke", "Hut", "Schuh"), WEARS),
}
"""Which nouns are the last part of compounds, and what comes before them."""

# The stem that takes the endings, where it is not the word itself, follows a bar. What stands
# before a noun is never said again after it: no blue coat of these sentences is red.
SHAPES = pairs(
    """
    alt = old
    klein = small
    groß = big
    schön = beautiful
    """
)
COLOURS = pairs(
    """
    rot = red
    blau = blue
    grün = green
    schwarz = black
    teuer|teur = expensive
    """
)
LOOKS: Mapping[str, Mapping[str, str]] = {
    "person": pairs("alt = old\njung = young\nklein = small\nfreundlich = friendly"),
    **dict.fromkeys(("text", "food", "animal", "room", "building"), SHAPES),
    **dict.fromkeys(
        ("clothes", "lying", "standing", "door", "device", "seat", "box"), {**SHAPES, **COLOURS}
    ),
}
"""What can stand before a noun, by its kind."""

WARES = pairs(
    """
    neu = new
    schwer = heavy
    leicht = light
    billig = cheap
    schmutzig = dirty
    sauber = clean
    """
)
STATES: Mapping[str, Mapping[str, str]] = {
    "person": pairs(
        """
        müde = tired
        krank = sick
        glücklich = happy
        traurig = sad
        hungrig = hungry
        nervös = nervous
        """
    ),
    "food": pairs("frisch = fresh\nschwer = heavy\nbillig = cheap\nwarm = warm"),
    "animal": pairs("schmutzig = dirty\nschwer = heavy\nlaut = loud\nwild = wild"),
    **dict.fromkeys(("text", "clothes", "lying", "standing", "door", "device"), WARES),
}
"""What can be said of something, by its kind; what is said of a person is said of no thing."""

DEGREES = pairs("sehr = very\nso = so\nziemlich = quite")
