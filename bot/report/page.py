"""The report as one page that stands alone: tables and plots, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from bot.report.plots import bars, confusion_grid, curve, histograms

WIDEST_GRID = 40  # labels above which the grid of confusions shows only those that are confused

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2933; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem } th { text-align: left }
td, th { border-bottom: 1px solid #e4e7eb; padding: .2rem .8rem .2rem 0; vertical-align: top }
.figures { font-size: 1.3rem } svg { max-width: 100%; height: auto } .quiet { color: #52606d }
"""


def page(report: Mapping[str, Any]) -> str:
    """Return the HTML page of a report; parts it lacks are left out."""
    version = str(report.get("model_version", ""))
    parts = [f"<h1>Training report</h1><p class='quiet'>Model {escape(version)}</p>"]
    if "cross_validation" in report:
        parts += intents_parts(report)
    if "frustration" in report:
        parts += frustration_parts(report["frustration"])
    head = f"<meta charset='utf-8'><title>Training report {escape(version)}</title><style>{STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def intents_parts(report: Mapping[str, Any]) -> list[str]:
    """Return the sections about intents."""
    checked = report["cross_validation"]
    labels = sorted(report["labels"], key=lambda figures: (figures["f1"], figures["label"]))
    confused = {entry[side] for entry in report["confusions"] for side in ("label", "predicted")}
    names = sorted(figures["label"] for figures in labels)
    shown = names if len(names) <= WIDEST_GRID else [name for name in names if name in confused]
    rows = [
        (figures["label"], figures["f1"], f"F1 {figures['f1']:.2f}, {figures['examples']} examples")
        for figures in labels
    ]
    accuracy = "not measured" if checked["accuracy"] is None else f"{checked['accuracy']:.1%}"
    return [
        "<h2>Intents</h2>",
        f"<p class='figures'>{accuracy} of {checked['examples']} examples are put under their own intent "
        "by a model that was not shown them.</p>",
        "<h3>Weakest first</h3>",
        bars(rows, says="F1 of each intent, weakest first"),
        "<h3>Examples that look mislabelled</h3>",
        table(
            ("Example", "Is under", "Looks like", "Chance"),
            ((e["text"], e["label"], e["predicted"], f"{e['confidence']:.0%}") for e in report["suspects"]),
        ),
        "<h3>Intents that overlap</h3>",
        table(
            ("Intents", "Examples taken for the other", "Share"),
            ((" and ".join(e["labels"]), e["count"], f"{e['share']:.0%}") for e in report["overlaps"]),
        ),
        "<h3>Who is taken for whom</h3>",
        confusion_grid(shown, report["confusions"], says="Confusions: rows are true intents, columns predicted ones"),
        table(
            ("Intent", "Taken for", "Times", "For example"),
            ((e["label"], e["predicted"], e["count"], " / ".join(e["texts"])) for e in report["confusions"]),
        ),
    ]


def frustration_parts(card: Mapping[str, Any]) -> list[str]:
    """Return the sections about frustration."""
    counted = card["confusion"]
    return [
        "<h2>Frustration</h2>",
        f"<p class='figures'>At a score of {card['cut_off']:g}: {card['precision']:.1%} of the messages flagged are "
        f"frustrated ones, and {card['recall']:.1%} of the frustrated ones are flagged.</p>",
        f"<p>Area under ROC {card['auroc']:.3f} over {card['examples']} messages, each scored by a model that was "
        "not shown it.</p>",
        table(
            ("", "Flagged", "Not flagged"),
            (
                ("Frustrated", counted["noticed"], counted["missed"]),
                ("Calm", counted["false_alarms"], counted["left_alone"]),
            ),
        ),
        curve(card["curve"], says="Precision over recall of the frustration score"),
        "<h3>Scores by kind of message</h3>",
        histograms(card["by_kind"], says="Distribution of scores for each kind of message"),
        table(
            ("Kind", "Frustrated", "Messages", "Flagged", "Mean score"),
            (
                (e["kind"], "yes" if e["frustrated"] else "no", e["messages"], e["flagged"], f"{e['mean']:.2f}")
                for e in card["by_kind"]
            ),
        ),
        "<h3>By reason</h3>",
        table(
            ("Reason", "Messages", "Precision", "Recall"),
            ((e["words"], e["messages"], f"{e['precision']:.0%}", f"{e['recall']:.0%}") for e in card["by_reason"]),
        ),
        "<h3>Missed</h3>",
        misjudged(card["missed"]),
        "<h3>False alarms</h3>",
        misjudged(card["false_alarms"]),
    ]


def misjudged(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of misjudged messages."""
    return table(("Message", "Kind", "Score"), ((e["text"], e["kind"], f"{e['score']:.2f}") for e in entries))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table, or a word where there is nothing to list; everything is escaped."""
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return "<p class='quiet'>None.</p>"
    return f"<table><tr>{''.join(f'<th>{escape(head)}</th>' for head in heads)}</tr>{body}</table>"
