"""Fetching a source: a first time for an administrator to look at, later to keep its articles in step."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.articles.imports import Imports, Kept
from api.articles.limits import Refused
from api.articles.sources import note, sync
from api.articles.websites import Kind, collect, read_pages
from api.store.tables import ArticleSource
from api.web.fetch import Fetcher
from api.web.guard import NotReached
from api.worker.jobs import JobFailed, Reporter, Work
from api.worker.workshop import Workshop


def sync_source(workshop: Workshop, work: Work, reporter: Reporter) -> None:
    """Fetch `work.arguments["source_id"]` and write what changed, or leave its first import to be looked at.

    Raises:
        JobFailed: there is no such source, or it cannot be fetched or read; what stands is untouched.
    """
    source_id = str(work.arguments.get("source_id"))
    source = workshop.store.read_sync(lambda session: session.get(ArticleSource, source_id))
    if source is None:
        raise JobFailed("this source is not kept any more")
    imports = Imports(workshop.places.var / "imports")
    folder = imports.ready()
    kind: Kind = "sitemap" if source.kind == "sitemap" else "page"
    fetcher = Fetcher(workshop.settings.import_hosts.split(","))
    try:
        found = collect(fetcher, kind, source.url, folder, lambda stage, share: reporter.stage(stage, 0.8 * share))
        reporter.stage("Reading the pages", 0.85)
        read = read_pages(found, folder) if found.pages else {"articles": [], "refused": found.refused, "files": {}}
    except (NotReached, Refused) as error:
        _note(workshop, source_id, {"error": str(error)})
        raise JobFailed(f"{source.url}: {error}") from error
    import_id = imports.keep({**read, "source_id": source_id, "kb": source.kb})
    kept = imports.kept(import_id)
    assert kept is not None
    reporter.log(f"{len(kept.wordings)} articles read, {len(kept.refused)} pages not.")
    if source.active:
        imports.forget(import_id)
        reporter.finish(_write(workshop, source_id, kept, found.gone, found.named))
        return
    if not kept.wordings:
        why = "; ".join(["there is no article in it", *list(kept.refused.values())[:1]])
        _note(workshop, source_id, {"error": why})
        raise JobFailed(f"{source.url}: {why}")
    outcome = {"import_id": import_id, "read": len(kept.wordings)}
    _note(workshop, source_id, outcome)
    reporter.finish(outcome)


def _write(workshop: Workshop, source_id: str, kept: Kept, gone: set[str], named: set[str]) -> dict[str, object]:
    now = workshop.clock.now()

    def write(session: Session) -> dict[str, object]:
        source = session.get_one(ArticleSource, source_id)
        told = sync(session, source, kept, gone, named=named, now=now).as_json()
        note(source, told, now)
        return told

    return workshop.store.write_sync(write)


def _note(workshop: Workshop, source_id: str, outcome: dict[str, object]) -> None:
    now = workshop.clock.now()
    workshop.store.write_sync(lambda session: note(session.get_one(ArticleSource, source_id), outcome, now))
