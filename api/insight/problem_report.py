"""The recurring problems as a report to send on: one page that stands alone, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape

from sqlalchemy.orm import Session

from api.insight.period import WEEK, Period
from api.insight.plots import bar_plot, scale_of_numbers
from api.insight.problems import Problem
from api.insight.spreadsheet import csv_lines
from api.insight.topics import Weeks, examples_of
from api.insight.words import day_words
from api.strings.catalogue import say

MOST_TOLD = 25  # problems on the page; the table has all
STYLE = """
:root{color-scheme:light dark;--ink:#1b2625;--quiet:#55625f;--line:#e2dfd5;--ground:#faf9f5;--card:#fff;--warm:#9a4a12}
@media(prefers-color-scheme:dark){:root{--ink:#e8edea;--quiet:#a6b4af;--line:#2d3a37;--ground:#111918;--card:#18221f;
--warm:#f2b277}}
body{font:15px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--ground);max-width:62rem;margin:2.5rem auto;
padding:0 1.2rem}h1{font-size:1.7rem;margin:0}h2{font-size:1.1rem;margin:0}p{margin:.3rem 0}.quiet{color:var(--quiet)}
article{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.1rem 1.3rem;margin:1rem 0;
display:grid;grid-template-columns:1fr 300px;gap:.4rem 2rem}article>div{min-width:0}svg{max-width:100%;height:auto}
.rising{color:var(--warm);font-weight:600}blockquote{margin:.4rem 0;padding-left:.8rem;
border-left:3px solid var(--line);
overflow-wrap:anywhere}@media(max-width:640px){article{grid-template-columns:1fr}}@media print{body{margin:0}}
"""


@dataclass(frozen=True, slots=True)
class Report:
    """One report in its two forms."""

    html: str
    csv: str
    rising: int  # problems


def write_report(session: Session, weeks: Weeks, company: str) -> Report:
    """Return the report of some weeks; customers' words in it are without personal data."""
    told = [(one, examples_of(session, one)) for one in weeks.problems if one.last]
    rising = sum(one.rising for one, _ in told)
    return Report(_page(weeks, company, told[:MOST_TOLD], rising), _table(weeks, told), rising)


def _page(weeks: Weeks, company: str, told: Sequence[tuple[Problem, list[str]]], rising: int) -> str:
    last = day_words(weeks.period.last)
    title = say("insight.report_title", company=company, day=last)
    count = len(weeks.totals)
    intro = say("insight.report_intro", rising=rising, chats=weeks.totals[-1], weeks=count - 1)
    body = "".join(_article(weeks, one, quotes) for one, quotes in told) or f"<p>{say('insight.report_empty')}</p>"
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{escape(title)}</title>"
    return (
        f"<!doctype html><html lang='en-GB'><head>{head}<style>{STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1><p class='quiet'>{escape(intro)}</p>{body}</body></html>\n"
    )


def _article(weeks: Weeks, one: Problem, quotes: Sequence[str]) -> str:
    line = say(
        "insight.problem_line", last=one.last, usual=f"{one.usual:.1f}", handed=one.handed_over, unhappy=one.unhappy
    )
    mark = f"<p class='rising'>{escape(rising_words(one))}</p>" if one.rising else ""
    said = "".join(f"<blockquote>{escape(quote)}</blockquote>" for quote in quotes)
    return (
        f"<article><div><h2>{escape(one.topic.title)}</h2>{mark}<p class='quiet'>{escape(line)}</p>{said}</div>"
        f"<div>{draw_weeks(weeks, one)}</div></article>"
    )


def rising_words(one: Problem) -> str:
    """Return how much a problem rises."""
    if one.factor is None:
        return say("insight.rising_new")
    chance = "0.001" if one.chance < 0.001 else f"{one.chance:.3f}"
    return say("insight.rising", factor=f"{one.factor:.1f}", chance=chance)


def draw_weeks(weeks: Weeks, one: Problem) -> str:
    """Draw a problem's weeks as an SVG."""
    values = [float(count) for count in one.weeks]
    ends = (day_words(weeks.period.first), day_words(weeks.period.last))
    says = say("insight.weeks_says", title=one.topic.title, counts=", ".join(map(str, one.weeks)))
    return bar_plot(values, scale_of_numbers(values), ends, says=says, last=True)


def _table(weeks: Weeks, told: Sequence[tuple[Problem, list[str]]]) -> str:
    starts = [step.first.isoformat() for step in weekly(weeks)]
    heads = ["topic", "kind", "id", "rising", "last_week", "usual_week", "times_as_much", "chance", "handed_over",
             "unhappy", *(f"week_of_{day}" for day in starts), "example_1", "example_2", "example_3"]  # fmt: skip
    rows = [
        [one.topic.title, one.topic.kind, one.topic.key, one.rising, one.last, round(one.usual, 2),
         None if one.factor is None else round(one.factor, 2), round(one.chance, 5), one.handed_over, one.unhappy,
         *one.weeks, *(*quotes, "", "", "")[:3]]
        for one, quotes in told
    ]  # fmt: skip
    return "\ufeff" + csv_lines([heads, *rows])


def weekly(weeks: Weeks) -> list[Period]:
    """Return each of the weeks as a period."""
    first, zone = weeks.period.first, weeks.period.zone
    starts = [first + timedelta(days=WEEK * place) for place in range(len(weeks.totals))]
    return [Period(day, day + timedelta(days=WEEK - 1), zone) for day in starts]
