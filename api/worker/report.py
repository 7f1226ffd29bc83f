"""Measuring a knowledge base's answers as a job, so that an administrator need not be at a terminal."""

from __future__ import annotations

from api.evaluation.quality import labelled_questions, write_report
from api.worker.jobs import JobFailed, Reporter, Work
from api.worker.workshop import Workshop
from kb_index.encoder import EncoderUnusable
from kb_index.search import IndexUnusable


def report(workshop: Workshop, work: Work, reporter: Reporter) -> None:
    """Write the answer-quality report of `work.arguments["kb"]`.

    The questions kept for measuring are asked; where a company has none, those that confidence was fitted to, which
    makes the figures look a little better than they are.

    Raises:
        JobFailed: there is no index, or it cannot be read.
    """
    kb = str(work.arguments.get("kb") or "main")
    store = workshop.store
    questions = store.read_sync(lambda session: labelled_questions(session, kb, "test"))
    if not any(question.relevant for question in questions):
        reporter.log("No labelled question is kept for measuring: all are asked.")
        questions = store.read_sync(lambda session: labelled_questions(session, kb, "all"))
    try:
        written, page = write_report(workshop.places, questions, kb=kb, progress=reporter.stage)
    except (IndexUnusable, EncoderUnusable) as error:
        raise JobFailed(str(error)) from error
    reporter.log(f"{len(questions)} questions asked; {page.name} is written.")
    first = written.figures["recall@1"]
    reporter.finish({"kb_version": written.kb_version, "recall@1": None if first is None else first.value})
