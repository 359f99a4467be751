"""What the made-up reports tell: the events, their headlines, and what stands around them.

A slot such as ``{town}`` is a name, a number or a word (:mod:`nlpseq_tasks.summarization.values`);
with a role, as in ``{town.other}``, it is another one of its kind. The sentences that tell the
event hold all that its headline says; the asides hold names and numbers that it must not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Event(NamedTuple):
    """A headline and the ways to tell it, each in one or two sentences."""

    headline: str  # articles are dropped when it is written
    told: tuple[str, ...]


class Topic(NamedTuple):
    """Events that the same asides go with."""

    name: str
    events: tuple[Event, ...]
    anywhere: tuple[str, ...]  # asides that may open the report, too
    after: tuple[str, ...]  # asides that need the event before them


TOPICS: Sequence[Topic] = (
    Topic(
        "council",
        (
            Event(
                "{town} council votes to {work} for {euros} euros",
                (
                    "The council of {town} met on {day}. It voted to {work} for {euros} euros.",
                    "The council of {town} voted to {work}. That will cost {euros} euros.",
                    "By {some} votes to {few}, {town} decided to {work} for {euros} euros.",
                    "It costs {euros} euros to {work}, and the council of {town} agreed to it.",
                ),
            ),
            Event(
                "{town} council rejects plan to {work}",
                (
                    "In {town} the council turned down a plan to {work} for {euros.lost} euros.",
                    "On {day} the council of {town} voted against a plan to {work}.",
                    "A plan to {work} got only {few} votes in {town}, and was dropped.",
                ),
            ),
        ),
        (
            "The town of {town.other} spent {euros.other} euros on a new school in {year}.",
            "In {town.other}, a similar debate went on for {some.other} days.",
            "A poll by {company} had asked {count.asked} people what they wanted.",
        ),
        (
            "The debate had gone on for {few.debate} hours.",
            "Mayor {person} called it a good day for the town.",
            "{person.shops}, who spoke for the shops, had asked for {euros.asked} euros.",
            "An earlier plan of {year.plan} would have cost {euros.plan} euros.",
            "The last word is with the government in {town.capital}.",
        ),
    ),
    Topic(
        "sport",
        (
            Event(
                "{team} beat {team.losers} {score}",
                (
                    "{team} beat {team.losers} {score} on {day}.",
                    "{team.losers} were no match for {team}, who won {score} on {day}.",
                    "{count} fans saw {team.losers} lose to {team}. It ended {score}.",
                ),
            ),
            Event(
                "{person} scores {goals} goals for {team}",
                (
                    "{person} scored {goals} goals on {day} when {team} met {team.losers}.",
                    "{team.losers} had no answer to {person} of {team}, who scored {goals} goals.",
                ),
            ),
            Event(
                "{team} sign {person} for {euros} euros",
                (
                    "{team} have signed {person} from {team.old} for {euros} euros.",
                    "{person} is leaving {team.old} for {team}, who pay {euros} euros.",
                    "{team.old} are selling {person} to {team} and get {euros} euros.",
                ),
            ),
        ),
        (
            "{team.third} are at the top of the table with {some.points} points.",
            "It has been a hard season for {team.third}, who lost their coach {person.third}.",
            "A ticket for the final in {town} now costs {some.price} euros.",
        ),
        (
            "Coach {person.coach} said that the whole club was happy.",
            "{person.captain} was hurt in training and will be away for {few.weeks} weeks.",
            "Next week they travel to {town.next}, where {count.seats} seats are sold.",
        ),
    ),
    Topic(
        "weather",
        (
            Event(
                "Storm brings {rain} millimetres of rain to {town}",
                (
                    "A storm came in on {day}. In {town}, {rain} millimetres of rain fell.",
                    "{rain} millimetres of rain fell on {town} when a storm came in on {day}.",
                    "Never had {town} seen such rain as in the storm of {day}: {rain} millimetres.",
                ),
            ),
            Event(
                "{town} reports hottest day at {heat} degrees",
                (
                    "With {heat} degrees {town} had its hottest day on {day}.",
                    "It has never been so hot in {town}. On {day}, {heat} degrees were measured.",
                ),
            ),
        ),
        (
            "In {town.other} the sky stayed blue all day.",
            "{person} of the weather service had warned of it in {town.other}.",
            "Until now {town.record} held the record, which dated from {year}.",
        ),
        (
            "The fire brigade was called out {few.calls} times.",
            "In {town.cold} it was only {few.degrees} degrees.",
            "{company} sent {many.home} workers home.",
            "{person.farmer}, a farmer, drove {some.cows} cows into the barn.",
        ),
    ),
    Topic(
        "company",
        (
            Event(
                "{company} to hire {count} workers in {town}",
                (
                    "{company} is looking for {count} new workers in {town}.",
                    "Good news for {town}: {company} wants to hire {count} people there.",
                    "{company} is growing. In {town} it will hire {count} people.",
                ),
            ),
            Event(
                "{company} to cut {count} jobs in {town}",
                (
                    "{company} no longer needs {count} of its workers in {town}.",
                    "Bad news for {town}: {company} wants to do without {count} people there.",
                    "{company} said that it must save. In {town}, {count} jobs will go.",
                ),
            ),
            Event(
                "{company} buys {company.bought} for {euros} euros",
                (
                    "{company} has bought {company.bought} for {euros} euros.",
                    "{company.bought} now belongs to {company}, which paid {euros} euros.",
                    "{company.bought} has been sold for {euros} euros. The buyer is {company}.",
                ),
            ),
        ),
        (
            "Last year {company.rival} earned {euros.rival} euros more than planned.",
            "{company.rival} had closed its works in {town.closed} in {year}.",
            "The bank of {town.bank} expects a good year.",
        ),
        (
            "{person}, who leads the company, spoke of a new beginning.",
            "The union had asked for talks with {person.union}.",
            "A share cost {some.share} euros in the evening.",
            "It was founded {some.age} years ago in {town.home}.",
        ),
    ),
    Topic(
        "accident",
        (
            Event(
                "{some} injured as {vehicle} hits {obstacle} near {town}",
                (
                    "A {vehicle} hit a {obstacle} near {town}. There were {some} injured people.",
                    "Near {town}, {some} people were injured when a {vehicle} hit a {obstacle}.",
                ),
            ),
            Event(
                "Fire destroys factory of {company} in {town}",
                (
                    "In {town} a factory of {company} burnt down on {day}.",
                    "A fire broke out in {town}. Nothing is left of the factory of {company}.",
                ),
            ),
        ),
        (
            "The road to {town.other} was closed for {few.hours} hours.",
            "In {town.other} people still talk of the flood of {year}.",
        ),
        (
            "{person} of the police thanked all who had helped.",
            "The damage is put at {euros.damage} euros.",
            "{person.witness}, who lives nearby, heard it from {few.far} kilometres away.",
            "A helicopter came from {town.help}.",
        ),
    ),
    Topic(
        "science",
        (
            Event(
                "{find} found near {town} is {count} years old",
                (
                    "A {find} that was dug up near {town} is {count} years old.",
                    "It is {count} years old, say those who studied the {find} of {town}.",
                ),
            ),
            Event(
                "{person} discovers new {creature} near {town}",
                (
                    "Near {town}, {person} has discovered a {creature} that nobody knew.",
                    "A new kind of {creature} lives near {town}. It was first seen by {person}.",
                ),
            ),
        ),
        ("The museum of {town.museum} has {count.things} old things in its cellar.",),
        (
            "{person.old} had looked for it in vain in {year}.",
            "{person.critic} of the university of {town.critic} has doubts.",
            "The work took {few.years} years and cost {euros.work} euros.",
            "It will be shown in {town.show} from {day.show} on.",
        ),
    ),
    Topic(
        "culture",
        (
            Event(
                "{person} wins {art} prize of {euros} euros",
                (
                    "The {art} prize of this year goes to {person}. It is worth {euros} euros.",
                    "{person} has won a {art} prize and may take home {euros} euros.",
                ),
            ),
            Event(
                "{count} visitors come to {festival} in {town}",
                (
                    "The {festival} of {town} ended on {day}. It had {count} visitors.",
                    "{count} people were in {town} for the {festival}.",
                ),
            ),
        ),
        (
            "In {year} it was {person.former} whom all talked about.",
            "The theatre of {town.theatre} gets {euros.theatre} euros a year.",
        ),
        (
            "{person.minister}, the minister, sent her best wishes.",
            "Next year it will all take place in {town.next}.",
            "{company} gave {euros.gift} euros towards it.",
            "For {some.minutes} minutes the hall stood and clapped.",
        ),
    ),
    Topic(
        "election",
        (
            Event(
                "{person} elected mayor of {town} with {majority} percent",
                (
                    "{person} got {majority} percent and is the new mayor of {town}.",
                    "{town} has a new mayor: {majority} percent voted for {person}.",
                    "{person.loser} lost {town} to {person}, who got {majority} percent.",
                ),
            ),
        ),
        (
            "{turnout} percent of the people went to vote.",
            "{person.former} had been mayor since {year}.",
            "In {town.other} they vote in {few.months} months.",
        ),
        (
            "{person.third} came third with {minority} percent.",
            "The party celebrated with {many.guests} guests.",
            "The first journey in office will go to {town.visit}.",
        ),
    ),
    Topic(
        "crime",
        (
            Event(
                "Thieves steal {many} {goods} from {place} in {town}",
                (
                    "In the night to {day}, {many} {goods} were stolen from {place} in {town}.",
                    "Thieves broke into {place} in {town}. They left with {many} {goods}.",
                ),
            ),
            Event(
                "Police arrest {person} over missing {euros} euros",
                (
                    "Since {day}, {euros} euros have been missing. The police arrested {person}.",
                    "The police arrested {person} and are looking for {euros} euros.",
                ),
            ),
        ),
        (
            "In {town.other} the police had solved a similar case in {few.days} days.",
            "{company} had lost {euros.lost} euros in the same way in {year}.",
        ),
        (
            "Inspector {person.inspector} asks all who saw something to call.",
            "A car was found in {town.car}.",
            "{company.insurer} offers {euros.reward} euros to whoever can help.",
        ),
    ),
    Topic(
        "public life",
        (
            Event(
                "New {school} for {many} pupils opens in {town}",
                (
                    "{town} has a new {school}. It has room for {many} pupils.",
                    "On {day} a {school} was opened in {town}, and {many} pupils moved in.",
                ),
            ),
            Event(
                "Railway from {town} to {town.end} closed for {some} days",
                (
                    "Because of {reason}, no train runs from {town} to {town.end} for {some} days.",
                    "For {some} days, {reason} will stop all trains from {town} to {town.end}.",
                ),
            ),
            Event(
                "Farmers of {town} harvest {count} tonnes of {crop}",
                (
                    "The farmers of {town} have brought in {count} tonnes of {crop}.",
                    "It was a good year for {crop}. Around {town}, {count} tonnes were harvested.",
                ),
            ),
            Event(
                "Doctors in {town} treat {count} cases of {illness}",
                (
                    "{count} people with {illness} have come to the doctors of {town}.",
                    "There is much {illness} in {town}. Its doctors have counted {count} cases.",
                ),
            ),
        ),
        ("{town.other}, {few} kilometres away, has {count.other} inhabitants.",),
        (
            "{person.visitor} came from {town.far} to hear more.",
            "{person} said that nobody had expected it.",
            "{company} has promised {euros.help} euros.",
            "The town hall has had {many.letters} letters about it.",
        ),
    ),
)
