"""Several weeks of a small shop's conversations, the same every time: what the dashboards are looked at with."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.desk.history import Agent, Asked, Called, History, Step

SEED = 20260504
TOPICS = {
    "parcel-late": ("Where is my parcel?", "My parcel is late", "Tracking says out for delivery since Monday"),
    "returns": ("How do I send this back?", "Can I return worn boots?", "Where do I print the return label?"),
    "refund-time": ("When do I get my money back?", "Refund still not there", "How long does a refund take?"),
    "boots-size": ("Do the Fell boots come up small?", "Which size for wide feet?"),
    "voucher": ("How do I use a gift card?", "My voucher code does not work"),
    "stove-fuel": ("Which gas fits the stove?", "Can I fly with a gas canister?"),
}  # fmt: skip
GAPS = (
    ("Do you mend broken zips?", "zip on my jacket is broken, can you fix it", "repair a broken zip?"),
    ("Can I collect from the shop in Kendal?", "pick up my order in the Kendal shop?"),
    ("Do you price match?", "saw it cheaper elsewhere, will you match the price"),
)
MENDING = "Yes, we mend zips for £15. Post the jacket to our workshop with your order number inside; it takes ten days."
NAMES = ("Ann Webb", "Ravi Shah", "Joan Pell", "Sam Idle", "Mo Farr", "Ida Kerr", "Leo Brand", "Una Moss")
REASONS = ("request_person", "accepted_offer", "failed_turns", "anger_again", "complaint", "customer_button")


@dataclass
class SeveralWeeks:
    """Writes them; what the bot knows gets better, and late parcels become many in the last two weeks."""

    history: History
    chance: random.Random

    def write(self, now: datetime, *, weeks: int = 8, a_day: int = 9) -> int:
        """Fill so many weeks up to `now`; return how many conversations there are."""
        written = 0
        for day in range(weeks * 7):
            morning = (now - timedelta(days=weeks * 7 - 1 - day)).replace(hour=8, minute=0)
            quiet = 0.5 if morning.weekday() >= 5 else 1.0
            learnt = day / (weeks * 7)
            for _ in range(round(a_day * quiet * self.chance.uniform(0.7, 1.3))):
                at = morning + timedelta(minutes=self.chance.randrange(600))
                if at < now:
                    self._one(at, learnt, late=day >= (weeks - 2) * 7)
                    written += 1
        return written

    def _one(self, at: datetime, learnt: float, *, late: bool) -> None:
        name = self.chance.choice(NAMES)
        mail = (
            f"{name.split()[0].lower()}{self.chance.randrange(40)}@mail.example" if self.chance.random() < 0.4 else None
        )
        steps = self._steps(learnt, late=late)
        with_person = any(isinstance(step, Called) for step in steps)
        stars = None
        if self.chance.random() < 0.3:
            stars = self.chance.choices((1, 2, 3, 4, 5), (3, 2, 3, 8, 9) if with_person else (1, 1, 3, 9, 14))[0]
        self.history.chat(
            at, *steps, closed=self.chance.random() < 0.4, customer_name=name, customer_email=mail, stars=stars
        )

    def _steps(self, learnt: float, *, late: bool) -> list[Step]:
        roll = self.chance.random()
        if roll < 0.05:
            return [Asked("hello there", outcome="response", intent="greet")]
        if roll < 0.2:
            return self._gap()
        weights = [9 if late else 4, 4, 3, 2, 2, 1]
        article = self.chance.choices(list(TOPICS), weights)[0]
        unhappy = self.chance.random() < (0.25 if late and article == "parcel-late" else 0.08)
        judged = self.chance.random() < 0.4
        good = self.chance.random() < 0.88 + 0.09 * learnt
        first = Asked(
            self.chance.choice(TOPICS[article]), article=article, frustration=0.7 if unhappy else 0.1,
            helpful=good if judged else None, confidence=self.chance.uniform(0.62, 0.97),
        )  # fmt: skip
        if good and not (unhappy and self.chance.random() < 0.5):
            return [first, Asked("thanks", outcome="response", intent="thanks", pause=40)] if judged else [first]
        return [first, *self._person(article, unhappy)]

    def _person(self, article: str, unhappy: bool) -> list[Step]:
        reason = "anger_again" if unhappy else self.chance.choice(REASONS)
        called = Asked("that does not help, let me talk to somebody", outcome=None, frustration=0.8 if unhappy else 0.3)
        if self.chance.random() < 0.1:
            return [called, Called(reason, waited=None)]
        used = self.chance.choices((None, "", "In other words, what it says."), (4, 5, 2))[0]
        asked = Asked("so what happens now?", outcome=None, article=article, sent=used, frustration=0.2)
        talk = Called(reason, waited=self.chance.expovariate(1 / 110), stayed=self.chance.uniform(180, 1500))
        calm = 0.7 if unhappy and self.chance.random() < 0.35 else 0.1
        return [called, talk, Agent("Hello, let me look."), asked, Agent("Here is what I can do."),
                Asked("okay, thank you", outcome=None, frustration=calm, intent="thanks")]  # fmt: skip

    def _gap(self) -> list[Step]:
        gap = self.chance.choices(GAPS, (5, 2, 2))[0]
        asked = Asked(self.chance.choice(gap), outcome="fallback", article="returns", confidence=0.2, intent="ask")
        if self.chance.random() < 0.5:
            return [asked, Asked("hm ok", outcome="fallback", intent="deny", frustration=0.4)]
        answer = MENDING if gap is GAPS[0] else "I have looked it up: yes, we do."
        return [asked, Called("accepted_offer", waited=self.chance.expovariate(1 / 90)), Agent(answer)]


def write_several_weeks(history: History, now: datetime, **how: int) -> int:
    """Write several weeks up to `now`, the same every time; return how many conversations."""
    history.titles.update({"parcel-late": "My parcel is late", "refund-time": "When you get your money back",
                           "boots-size": "Which size of boots", "returns": "Sending something back",
                           "voucher": "Gift cards", "stove-fuel": "Fuel for stoves"})  # fmt: skip
    return SeveralWeeks(history, random.Random(SEED)).write(now, **how)
