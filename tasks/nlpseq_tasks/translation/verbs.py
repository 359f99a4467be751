"""The verbs of the made-up sample by what they go with, and the times they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nlpseq_tasks.translation.words import Adverb, Being, Modal, Verb, verbs


class Frame(NamedTuple):
    """Verbs that go with the same things."""

    verbs: tuple[Verb, ...]
    kinds: tuple[str, ...]  # of the things, keys of THINGS
    contrasts: tuple[tuple[Verb, Verb], ...]  # what may be done, and not the other


def frame(kinds: str, table: str, contrasts: str) -> Frame:
    """A frame of listed verbs; the contrasts are pairs of their infinitives."""
    named = {verb.prefix + verb.infinitive: verb for verb in verbs(table)}
    couples = (couple.split() for couple in contrasts.split(","))
    opposed = tuple((named[done], named[not_done]) for done, not_done in couples)
    return Frame(tuple(named.values()), tuple(kinds.split()), opposed)


TRANSITIVE: Sequence[Frame] = (
    frame(
        "text",
        """
        lesen, liest, hat gelesen = read, reads, read, reading
        vor|lesen, liest, hat vorgelesen = read|out, reads, read, reading
        schreiben, schreibt, hat geschrieben = write, writes, wrote, writing
        ab|schreiben, schreibt, hat abgeschrieben = copy, copies, copied, copying
        übersetzen, übersetzt, hat übersetzt = translate, translates, translated, translating
        verstehen, versteht, hat verstanden = understand, understands, understood
        """,
        """lesen verstehen, lesen abschreiben, schreiben vorlesen, abschreiben verstehen,
        vorlesen übersetzen""",
    ),
    frame(
        "food",
        """
        essen, isst, hat gegessen = eat, eats, ate, eating
        probieren, probiert, hat probiert = taste, tastes, tasted, tasting
        bestellen, bestellt, hat bestellt = order, orders, ordered, ordering
        schneiden, schneidet, hat geschnitten = cut, cuts, cut, cutting
        mit|bringen, bringt, hat mitgebracht = bring|along, brings, brought, bringing
        """,
        "bestellen essen, schneiden essen, mitbringen probieren, probieren bestellen",
    ),
    frame(
        "clothes",
        """
        tragen, trägt, hat getragen = wear, wears, wore, wearing
        an|ziehen, zieht, hat angezogen = put|on, puts, put, putting
        aus|ziehen, zieht, hat ausgezogen = take|off, takes, took, taking
        an|probieren, probiert, hat anprobiert = try|on, tries, tried, trying
        waschen, wäscht, hat gewaschen = wash, washes, washed, washing
        nähen, näht, hat genäht = sew, sews, sewed, sewing
        """,
        "anprobieren tragen, nähen anziehen, waschen tragen, ausziehen waschen",
    ),
    frame(
        "text clothes lying standing",
        """
        suchen, sucht, hat gesucht = look for, looks, looked, looking
        finden, findet, hat gefunden = find, finds, found
        verlieren, verliert, hat verloren = lose, loses, lost
        vergessen, vergisst, hat vergessen = forget, forgets, forgot
        brauchen, braucht, hat gebraucht = need, needs, needed
        kaufen, kauft, hat gekauft = buy, buys, bought, buying
        verkaufen, verkauft, hat verkauft = sell, sells, sold, selling
        holen, holt, hat geholt = fetch, fetches, fetched, fetching
        ein|packen, packt, hat eingepackt = pack, packs, packed, packing
        mit|nehmen, nimmt, hat mitgenommen = take|along, takes, took, taking
        zurück|bringen, bringt, hat zurückgebracht = bring|back, brings, brought, bringing
        weg|werfen, wirft, hat weggeworfen = throw|away, throws, threw, throwing
        """,
        """suchen finden, brauchen kaufen, brauchen finden, kaufen mitnehmen,
        holen brauchen, einpacken brauchen, finden zurückbringen, verlieren suchen""",
    ),
    frame(
        "door",
        """
        öffnen, öffnet, hat geöffnet = open, opens, opened, opening
        auf|machen, macht, hat aufgemacht = open, opens, opened, opening
        schließen, schließt, hat geschlossen = close, closes, closed, closing
        zu|machen, macht, hat zugemacht = close, closes, closed, closing
        ab|schließen, schließt, hat abgeschlossen = lock, locks, locked, locking
        putzen, putzt, hat geputzt = clean, cleans, cleaned, cleaning
        """,
        "öffnen schließen, schließen abschließen, aufmachen zumachen, putzen aufmachen",
    ),
    frame(
        "device",
        """
        ein|schalten, schaltet, hat eingeschaltet = turn|on, turns, turned, turning
        aus|schalten, schaltet, hat ausgeschaltet = turn|off, turns, turned, turning
        reparieren, repariert, hat repariert = repair, repairs, repaired, repairing
        """,
        "einschalten ausschalten, reparieren einschalten",
    ),
    frame(
        "animal",
        """
        suchen, sucht, hat gesucht = look for, looks, looked, looking
        sehen, sieht, hat gesehen = see, sees, saw
        hören, hört, hat gehört = hear, hears, heard
        fangen, fängt, hat gefangen = catch, catches, caught, catching
        zeichnen, zeichnet, hat gezeichnet = draw, draws, drew, drawing
        mit|bringen, bringt, hat mitgebracht = bring|along, brings, brought, bringing
        """,
        "sehen fangen, hören sehen, suchen fangen, sehen zeichnen, fangen mitbringen",
    ),
)
MEETING = verbs(
    """
    an|rufen, ruft, hat angerufen = call, calls, called, calling
    ab|holen, holt, hat abgeholt = pick|up, picks, picked, picking
    ein|laden, lädt, hat eingeladen = invite, invites, invited, inviting
    besuchen, besucht, hat besucht = visit, visits, visited, visiting
    fragen, fragt, hat gefragt = ask, asks, asked, asking
    treffen, trifft, hat getroffen = meet, meets, met, meeting
    suchen, sucht, hat gesucht = look for, looks, looked, looking
    sehen, sieht, hat gesehen = see, sees, saw
    kennen, kennt, hat gekannt = know, knows, knew
    """
)
HELPING = verbs(
    """
    helfen, hilft, hat geholfen = help, helps, helped, helping
    danken, dankt, hat gedankt = thank, thanks, thanked, thanking
    antworten, antwortet, hat geantwortet = answer, answers, answered, answering
    zu|hören, hört, hat zugehört = listen to, listens, listened, listening
    folgen, folgt, ist gefolgt = follow, follows, followed, following
    vertrauen, vertraut, hat vertraut = trust, trusts, trusted
    """
)
GIVING = verbs(
    """
    geben, gibt, hat gegeben = give, gives, gave, giving
    zeigen, zeigt, hat gezeigt = show, shows, showed, showing
    schicken, schickt, hat geschickt = send, sends, sent, sending
    bringen, bringt, hat gebracht = bring, brings, brought, bringing
    leihen, leiht, hat geliehen = lend, lends, lent, lending
    """
)
ACTING = verbs(
    """
    arbeiten, arbeitet, hat gearbeitet = work, works, worked, working
    kochen, kocht, hat gekocht = cook, cooks, cooked, cooking
    spielen, spielt, hat gespielt = play, plays, played, playing
    singen, singt, hat gesungen = sing, sings, sang, singing
    tanzen, tanzt, hat getanzt = dance, dances, danced, dancing
    lachen, lacht, hat gelacht = laugh, laughs, laughed, laughing
    warten, wartet, hat gewartet = wait, waits, waited, waiting
    """
)
LEAVING = verbs(
    """
    an|kommen, kommt, ist angekommen = arrive, arrives, arrived, arriving
    ab|reisen, reist, ist abgereist = leave, leaves, left, leaving
    auf|stehen, steht, ist aufgestanden = get up, gets, got, getting
    auf|wachen, wacht, ist aufgewacht = wake up, wakes, woke, waking
    ein|schlafen, schläft, ist eingeschlafen = fall asleep, falls, fell, falling
    aus|gehen, geht, ist ausgegangen = go out, goes, went, going
    weg|laufen, läuft, ist weggelaufen = run away, runs, ran, running
    """
)
GOING = verbs(
    """
    gehen, geht, ist gegangen = go, goes, went, going
    kommen, kommt, ist gekommen = come, comes, came, coming
    laufen, läuft, ist gelaufen = run, runs, ran, running
    zurück|kehren, kehrt, ist zurückgekehrt = return, returns, returned, returning
    """
)
PUTTING: Mapping[str, Verb] = dict(
    zip(
        ("lying", "standing"),
        verbs(
            """
            legen, legt, hat gelegt = put, puts, put, putting
            stellen, stellt, hat gestellt = put, puts, put, putting
            """
        ),
        strict=True,
    )
)
BE = Being(("bin", "ist", "sind"), ("war", "war", "waren"))
STAYING: Mapping[str, Being] = {
    "lying": Being(("liege", "liegt", "liegen"), ("lag", "lag", "lagen")),
    "standing": Being(("stehe", "steht", "stehen"), ("stand", "stand", "standen")),
}

MODALS: Mapping[str, Modal] = {
    "future": Modal(("werde", "wird", "werden"), "will", "", ""),
    "können": Modal(("kann", "kann", "können"), "can", "", ""),
    "sollen": Modal(("soll", "soll", "sollen"), "should", "", ""),
    "dürfen": Modal(("darf", "darf", "dürfen"), "may", "", ""),
    "möchten": Modal(("möchte", "möchte", "möchten"), "would", "like to", ""),
    "wollen": Modal(("will", "will", "wollen"), "", "want to", "wants to"),
    "müssen": Modal(("muss", "muss", "müssen"), "", "have to", "has to"),
}
TIMES: Mapping[str, tuple[Adverb, ...]] = {
    "past": (
        Adverb("gestern", "yesterday"),
        Adverb("gestern Abend", "yesterday evening"),
        Adverb("heute Morgen", "this morning"),
        Adverb("am Montag", "on Monday"),
        Adverb("letzte Woche", "last week"),
        Adverb("vor drei Tagen", "three days ago"),
    ),
    "now": (Adverb("gerade", "right now"),),
    "habit": (
        Adverb("im Sommer", "in summer"),
        Adverb("im Winter", "in winter"),
        Adverb("sonntags", "on Sundays"),
        Adverb("am Abend", "in the evening"),
    ),
    "future": (
        Adverb("morgen", "tomorrow"),
        Adverb("bald", "soon"),
        Adverb("nächste Woche", "next week"),
        Adverb("am Freitag", "on Friday"),
    ),
    "modal": (Adverb("heute", "today"), Adverb("morgen", "tomorrow"), Adverb("jetzt", "now")),
}
HABITS = (  # not to be negated: what the negation would turn is not the verb
    Adverb("jeden Tag", "every day"),
    Adverb("jeden Morgen", "every morning"),
    Adverb("oft", "often", middle=True),
    Adverb("immer", "always", middle=True),
    Adverb("manchmal", "sometimes", middle=True),
)
