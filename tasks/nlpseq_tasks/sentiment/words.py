"""The words of the made-up sample: what is talked about, and what can be said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Words = tuple[str, ...]


def listed(text: str) -> Words:
    """The phrases of a text, which commas set apart."""
    return tuple(" ".join(phrase.split()) for phrase in text.split(","))


class Sides(NamedTuple):
    """Words of praise, and words of blame for the same kind of slot."""

    good: Words
    bad: Words

    def on(self, side: int) -> Words:
        """Those of one side: 1 good, -1 bad."""
        return self.good if side > 0 else self.bad


class Topic(NamedTuple):
    """Something that people have opinions on; its adjectives fit it and each of its parts."""

    words: Mapping[str, Words]  # "kind", "part" and "where", by the slot that they fill
    topical: Sides


def topic(kind: str, part: str, where: str, good: str, bad: str) -> Topic:
    """A topic of listed words."""
    words = {"kind": listed(kind), "part": listed(part), "where": listed(where)}
    return Topic(words, Sides(listed(good), listed(bad)))


OPINIONS: Mapping[str, Sides] = {
    "blunt": Sides(
        listed(
            """good, great, excellent, wonderful, superb, fantastic, perfect, marvellous, terrific,
            amazing, outstanding, magnificent, fabulous, first-rate, exceptional, splendid"""
        ),
        listed(
            """bad, awful, terrible, horrible, dreadful, atrocious, abysmal, appalling, lousy,
            hopeless, third-rate, unbearable, wretched, ghastly, worthless, rotten"""
        ),
    ),
    "graded": Sides(
        listed(
            """charming, impressive, delightful, enjoyable, pleasant, lovely, appealing, brilliant,
            memorable, satisfying, clever, beautiful, admirable, attractive, refreshing, rewarding,
            captivating, enchanting, worthwhile, likeable, agreeable, pleasing, convincing, special,
            interesting"""
        ),
        listed(
            """disappointing, annoying, dull, tedious, unpleasant, poor, boring, mediocre, weak,
            irritating, frustrating, dreary, disagreeable, forgettable, unsatisfying, tiresome,
            underwhelming, dismal, lacklustre, uninspiring, depressing, off-putting, unappealing,
            pointless, pathetic"""
        ),
    ),
    "noun": Sides(
        listed(
            """a delight, a pleasure, a joy, a success, a treat, a triumph, a gem, a hit, a bargain,
            a highlight, a blessing, a marvel"""
        ),
        listed(
            """a mess, a disaster, a chore, a failure, a letdown, an ordeal, a disappointment,
            a mistake, a flop, a nuisance, a rip-off, a bore"""
        ),
    ),
    "feeling": Sides(
        listed(
            """delighted, happy, cheerful, impressed, grateful, enthusiastic, satisfied, excited,
            thrilled, inspired, pleased, contented"""
        ),
        listed(
            """bored, annoyed, disappointed, frustrated, angry, irritated, unimpressed, upset,
            dissatisfied, weary, exasperated, fed up"""
        ),
    ),
    "loved": Sides(
        listed("loved, enjoyed, liked, admired, adored, appreciated, praised"),
        listed("hated, disliked, loathed, resented, detested, despised, criticised"),
    ),
    "love": Sides(
        listed("love, enjoy, like, admire, adore, appreciate, praise"),
        listed("hate, dislike, loathe, resent, detest, despise, criticise"),
    ),
}

PEOPLE = listed(
    """my brother, my sister, our neighbours, my best friend, the whole family, a colleague of mine,
    my parents, half of our group, the man beside us, the two students, my cousin from the north,
    most of our friends"""
)

TOPICS: Sequence[Topic] = (
    topic(
        "film, movie, drama",
        """the plot, the acting, the ending, the music, the dialogue, the camera work, the cast,
        the opening scene, the love story, the pacing""",
        "of the second half, in the first hour, after the interval, in the last twenty minutes",
        "gripping, witty, subtle, touching, stylish, believable, heartfelt, original, suspenseful",
        """predictable, clumsy, corny, wooden, far-fetched, lifeless, overlong, implausible,
        hackneyed""",
    ),
    topic(
        "novel, book, thriller",
        """the plot, the prose, the hero, the narrator, the last chapter, the dialogue, the villain,
        the translation, the preface, the style""",
        "of the second volume, in this edition, of the long family saga, as far as I have read",
        "absorbing, thoughtful, vivid, insightful, readable, poetic, engrossing, nuanced, humorous",
        """long-winded, pretentious, shallow, dry, muddled, repetitive, unconvincing, plodding,
        wordy""",
    ),
    topic(
        "meal, lunch, dinner",
        """the soup, the bread, the pasta, the dessert, the fish, the salad, the curry, the coffee,
        the cheese, the sauce""",
        "on the set menu, from the lunch buffet, that the waiter suggested, at the corner table",
        """tasty, delicious, fresh, flavourful, appetising, wholesome, aromatic, filling,
        mouth-watering""",
        "bland, soggy, greasy, stale, salty, watery, lukewarm, tasteless, inedible",
    ),
    topic(
        "phone, handset, model",
        """the screen, the battery, the camera, the speaker, the keyboard, the charger, the menu,
        the fingerprint reader, the case, the microphone""",
        "on the larger model, that came in the box, after the update, on the cheaper version",
        "reliable, sturdy, responsive, handy, user-friendly, solid, precise, dependable, modern",
        "flimsy, unreliable, sluggish, faulty, fiddly, fragile, outdated, defective, primitive",
    ),
    topic(
        "hotel, guest house, inn",
        """the room, the bathroom, the breakfast, the lobby, the bed, the pool, the lounge,
        the reception, the balcony, the sauna""",
        "on the third floor, at the back of the house, next to the car park, in the old wing",
        "spotless, cosy, comfortable, welcoming, spacious, quiet, tidy, restful, elegant",
        "dirty, noisy, cramped, shabby, gloomy, smelly, run-down, neglected, musty",
    ),
    topic(
        "shoe, boot, sandal",
        """the sole, the leather, the fit, the heel, the lining, the stitching, the colour,
        the buckle, the zip, the padding""",
        "of the winter model, in the larger size, after a month of rain, of the brown version",
        "comfortable, durable, supple, sturdy, elegant, hard-wearing, practical, fashionable, snug",
        "stiff, flimsy, uncomfortable, scratchy, ugly, shoddy, lumpy, leaky, impractical",
    ),
    topic(
        "concert, gig, festival",
        """the singer, the sound, the band, the drummer, the set list, the choir, the pianist,
        the encore, the light show, the opening act""",
        "in the town hall, on the main stage, after the break, on the second night",
        "lively, energetic, rousing, spirited, passionate, tuneful, joyful, electrifying, polished",
        """sloppy, listless, out of tune, half-hearted, monotonous, shrill, lifeless, feeble,
        chaotic""",
    ),
    topic(
        "museum, gallery, exhibition",
        """the guided tour, the audio guide, the gift shop, the collection, the main hall,
        the lighting, the workshop, the catalogue, the cloakroom, the film room""",
        "on the ground floor, in the east wing, for younger visitors, behind the entrance",
        """informative, fascinating, instructive, spacious, inspiring, varied, accessible,
        bright, inviting""",
        """overcrowded, outdated, stuffy, disorganised, overpriced, uninspired, drab, dusty,
        neglected""",
    ),
    topic(
        "journey, train ride, trip",
        """the seat, the carriage, the conductor, the dining car, the timetable, the heating,
        the booking, the connection, the announcement, the ticket machine""",
        "on the way back, in second class, between the two cities, on the early service",
        """punctual, comfortable, smooth, dependable, convenient, relaxing, affordable, clean,
        helpful""",
        """unpunctual, cramped, confusing, stuffy, unreliable, overpriced, inconvenient, filthy,
        unhelpful""",
    ),
    topic(
        "app, website, program",
        """the layout, the search page, the login, the help page, the map, the calendar,
        the free version, the support team, the inbox, the checkout""",
        "on an older tablet, in the trial period, since the last release, behind the second tab",
        """intuitive, responsive, handy, clear, user-friendly, practical, speedy, streamlined,
        stable""",
        "buggy, confusing, cluttered, sluggish, intrusive, bloated, unstable, illogical, slow",
    ),
    topic(
        "course, evening class, seminar",
        """the teacher, the textbook, the homework, the first lesson, the grammar part, the exam,
        the group work, the classroom, the reading list, the final project""",
        "in the summer term, for beginners, of the advanced level, on Thursday evenings",
        """motivating, instructive, engaging, encouraging, stimulating, useful, inspiring,
        lucid, helpful""",
        """disorganised, demotivating, unclear, superficial, useless, chaotic, tiring,
        discouraging, dry""",
    ),
    topic(
        "game, sequel, puzzle",
        """the story, the artwork, the soundtrack, the tutorial, the level design, the combat,
        the control scheme, the final level, the crafting, the online mode""",
        "in the early levels, on the hardest setting, after ten hours, in the second world",
        """inventive, immersive, polished, exciting, ingenious, playful, original, balanced,
        colourful""",
        "repetitive, unfair, unfinished, derivative, clumsy, half-baked, unbalanced, ugly, glitchy",
    ),
)
