"""The answer-quality report as one HTML page: plots are inline SVG, there is no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from kb_index.reliability import Bin
from kb_index.report import ArticleQuality, Figure, Report
from kb_index.report_pairs import Pair

NAMES = {
    "recall@1": "Right article first",
    "recall@3": "Right article among the first three",
    "mrr": "Mean reciprocal rank",
    "answered": "Answered by the bot itself",
    "wrong_among_answered": "Wrong among those answered",
    "unanswerable_offered": "Unanswerable, and a person offered",
    "answerable_helped": "Answerable, and answered or a choice",
    "unanswerable_not_answered": "Unanswerable, and not answered",
}
WIDTH, HEIGHT, MARGIN = 560, 260, 44
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1d2a26;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d6ddd9;vertical-align:top}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}.quiet{color:#55635e}
svg{max-width:100%;height:auto}.pair{border:1px solid #d6ddd9;border-radius:.5rem;padding:.6rem .9rem;margin:.6rem 0}
.pair p{margin:.3rem 0;white-space:pre-wrap}
"""


def page_of(report: Report) -> str:
    """Return the page."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Answer quality: {escape(report.kb)}</title><style>{STYLE}</style></head><body>
<h1>Answer quality of “{escape(report.kb)}”</h1>
<p class="quiet">Index {escape(report.kb_version)}; {report.answerable} labelled questions with an answer in the
articles, {report.unanswerable} without. Intervals are 95 %, by bootstrap over questions.</p>
<h2>Figures</h2>{bars(report.figures)}
<h2>Coverage against error</h2>
<p class="quiet">The surest questions first: how many the bot would answer itself, and how many of those wrongly.</p>
{curve(report.coverage)}
<h2>Reliability</h2>
<p class="quiet">Of the questions with about one confidence, how many had the right article first; on the
line, confidence means what it says. {calibration_words(report)}</p>
{reliability_plot(report.reliability)}
<h2>Articles</h2>{article_table(report.articles)}
<h2>Articles that no labelled question is about</h2>{plain_list(report.unasked)}
<h2>Passages that nearly say the same</h2>{pairs(report.duplicates)}
<h2>Sentences about one thing whose figures differ</h2>{pairs(report.contradictions)}
</body></html>
"""


def bars(figures: dict[str, Figure | None]) -> str:
    """Return a bar with its interval for each figure."""
    known = [(NAMES.get(name, name), figure) for name, figure in figures.items() if figure is not None]
    if not known:
        return "<p>There is no labelled question yet.</p>"
    left, full, row = 250, 220, 30
    lines = []
    for place, (name, figure) in enumerate(known):
        y = place * row + 8
        low, high = left + full * figure.low, left + full * figure.high
        lines.append(
            f'<text x="0" y="{y + 14}">{escape(name)}</text>'
            f'<rect x="{left}" y="{y}" width="{full * figure.value:.1f}" height="18" fill="#3f8f72"/>'
            f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y + 9}" y2="{y + 9}" stroke="#1d2a26" stroke-width="2"/>'
            f'<text x="{left + full + 10}" y="{y + 14}">{figure.value:.3f} '
            f"({figure.low:.2f} to {figure.high:.2f})</text>"
        )
    return _svg(left + full + 150, len(known) * row + 8, lines, "The headline figures as bars")


def curve(points: Sequence[tuple[float, float]]) -> str:
    """Return the share of wrong answers over the share of questions answered."""
    if not points:
        return "<p>There is no labelled question yet.</p>"
    top = max(0.2, *(wrong for _, wrong in points))
    across, down = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN

    def at(share: float, wrong: float) -> str:
        return f"{MARGIN + across * share:.1f},{HEIGHT - MARGIN - down * wrong / top:.1f}"

    path = " ".join(at(*point) for point in points)
    lines = [
        f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{HEIGHT - MARGIN}" y2="{HEIGHT - MARGIN}" stroke="#1d2a26"/>',
        f'<line x1="{MARGIN}" x2="{MARGIN}" y1="{MARGIN}" y2="{HEIGHT - MARGIN}" stroke="#1d2a26"/>',
        f'<polyline fill="none" stroke="#b4552d" stroke-width="2" points="{path}"/>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">answered by the bot itself</text>',
        f'<text x="{MARGIN}" y="{MARGIN - 12}">wrong among them</text>',
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = MARGIN + across * share
        lines.append(f'<text x="{x:.1f}" y="{HEIGHT - MARGIN + 16}" text-anchor="middle">{share:.0%}</text>')
    for share in (0.0, 0.5, 1.0):
        y = HEIGHT - MARGIN - down * share
        lines.append(f'<text x="{MARGIN - 6}" y="{y + 4:.1f}" text-anchor="end">{share * top:.0%}</text>')
    return _svg(WIDTH, HEIGHT, lines, "Share of wrong answers over share of questions answered")


def calibration_words(report: Report) -> str:
    """Return the expected calibration error in words."""
    error = report.calibration_error
    return "" if error is None else f"Expected calibration error: {error:.3f}, over {len(report.reliability)} bins."


def reliability_plot(bins: Sequence[Bin]) -> str:
    """Return the share right over confidence, a dot for each bin, with the diagonal."""
    if not bins:
        return "<p>There is no labelled question yet.</p>"
    side, left = HEIGHT - 2 * MARGIN, MARGIN
    bottom, right = HEIGHT - MARGIN, MARGIN + side
    lines = [
        f'<line x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}" stroke="#1d2a26"/>',
        f'<line x1="{left}" x2="{left}" y1="{MARGIN}" y2="{bottom}" stroke="#1d2a26"/>',
        f'<line x1="{left}" x2="{right}" y1="{bottom}" y2="{MARGIN}" stroke="#9aa8a2" stroke-dasharray="4 4"/>',
        f'<text x="{left + side / 2}" y="{HEIGHT - 8}" text-anchor="middle">confidence</text>',
        f'<text x="{left}" y="{MARGIN - 12}">right</text>',
    ]
    for share in (0.0, 0.5, 1.0):
        x, y = left + side * share, bottom - side * share
        lines.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{share:.0%}</text>')
        lines.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    lines += [
        f'<circle cx="{left + side * one.confidence:.1f}" cy="{bottom - side * one.right:.1f}" r="5" fill="#3f8f72">'
        f"<title>{one.questions} questions: confidence {one.confidence:.2f}, right {one.right:.2f}</title></circle>"
        for one in bins
    ]
    return _svg(right + MARGIN, HEIGHT, lines, "Share right over confidence")


def article_table(articles: Iterable[ArticleQuality]) -> str:
    """Return a row for each article: found, and by which others it was beaten."""
    rows = "".join(
        f"<tr><td>{escape(one.title)}<br><span class='quiet'>{escape(one.article_id)}</span></td>"
        f"<td class=number>{one.questions}</td><td class=number>{one.first}</td><td class=number>{one.third}</td>"
        f"<td class=number>{one.never}</td><td>{thieves(one)}</td></tr>"
        for one in articles
    )
    head = "<th>Article</th>" + "".join(
        f"<th class=number>{name}</th>" for name in ("Questions", "First", "Top 3", "Never found")
    )
    return f"<table><tr>{head}<th>Stolen by</th></tr>{rows}</table>" if rows else plain_list(())


def thieves(one: ArticleQuality) -> str:
    """Return the articles that came first instead."""
    return escape(", ".join(f"{name} ({count})" if count > 1 else name for name, count in one.stolen_by))


def pairs(found: Iterable[Pair]) -> str:
    """Return a box for each pair."""
    boxes = []
    for pair in found:
        sides = zip(pair.article_ids, pair.texts, pair.figures, strict=True)
        said = "".join(
            f"<p><b>{escape(name)}</b>{f' ({escape(figure)})' if figure else ''}: {escape(text)}</p>"
            for name, text, figure in sides
        )
        boxes.append(f'<div class="pair"><span class="quiet">cosine {pair.similarity:.2f}</span>{said}</div>')
    return "".join(boxes) or plain_list(())


def plain_list(names: Sequence[str]) -> str:
    """Return a list, or a word that there is nothing."""
    return f"<ul>{''.join(f'<li>{escape(name)}</li>' for name in names)}</ul>" if names else "<p>None.</p>"


def _svg(width: float, height: float, lines: Iterable[str], label: str) -> str:
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-size="13" font-family="system-ui,sans-serif">{"".join(lines)}</svg>'
    )
