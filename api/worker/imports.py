"""Bringing a folder, a file or a website of articles into a knowledge base, from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from api.articles.catalogue import Wording
from api.articles.imports import Imports, Kept, apply, plan
from api.articles.limits import Refused
from api.articles.websites import Kind, collect, read_pages
from api.security.audit import record_audit
from api.store.tables import KnowledgeBase
from api.web.fetch import Fetcher
from api.worker.seed import write_article
from api.worker.workshop import Workshop
from kb_index.articles import SUFFIXES, Article, ArticleUnreadable, load_articles
from kb_index.storage import checked_name

ALSO_IN_FOLDERS = (".pdf", ".docx", ".csv")  # read in a child, unlike what is text already


@dataclass(frozen=True, slots=True)
class Website:
    """Where a website's articles begin."""

    url: str
    kind: Kind = "page"


@dataclass(frozen=True, slots=True)
class Imported:
    """How many articles were read, how many of them were new or said something else, and what was not read, and why."""

    read: int
    changed: int
    refused: Mapping[str, str] = field(default_factory=dict)


def source_of(text: str, *, sitemap: bool = False) -> Path | Website:
    """Return what a command names: a web address, or a path.

    Raises:
        FileNotFoundError: there is nothing at that path.
    """
    if text.startswith(("http://", "https://")):
        return Website(text, "sitemap" if sitemap else "page")
    path = Path(text)
    path.stat()
    return path


def import_from(workshop: Workshop, source: Path | Website, kb: str, *, draft: bool = False) -> Imported:
    """Read articles within limits and write them; articles that are not in the source stay.

    Args:
        workshop: the installation.
        source: Markdown, HTML, text, CSV, PDF, Word, a zip of these, a folder of them, or a website.
        kb: the knowledge base's slug, made if it is new.
        draft: keep them for administrators until each is published.

    Raises:
        ValueError: `kb` is no slug.
        Refused: the file is none of these, or reading it takes too much.
        NotReached: the website cannot be fetched.
        ArticleUnreadable: a file of the folder is not an article; nothing was written.
    """
    checked_name(kb)
    if isinstance(source, Path) and source.is_dir() and not draft:
        return _import_folder(workshop, source, kb)
    kept, now = _kept(workshop, source), workshop.clock.now()
    changed = workshop.store.write_sync(
        lambda session: apply(session, kb, kept.wordings, list(kept.wordings), by="cli", now=now, draft=draft)
    )
    return Imported(len(kept.wordings), changed, kept.refused)


def preview_of(workshop: Workshop, source: Path | Website, kb: str) -> str:
    """Return what importing would change, as one diff with a line that counts.

    Raises:
        ValueError, Refused, NotReached, ArticleUnreadable: as `import_from`.
    """
    checked_name(kb)
    kept = _kept(workshop, source)
    planned = workshop.store.read_sync(lambda session: plan(session, kb, kept.wordings))
    counts = {change: sum(one.change == change for one in planned) for change in ("new", "changed", "same")}
    parts = [f"{one.article_id} ({one.change})\n{one.diff}" for one in planned if one.diff]
    parts += [f"not read: {name}: {why}" for name, why in kept.refused.items()]
    return "\n".join([*parts, f"{counts['new']} new, {counts['changed']} changed, {counts['same']} the same."])


def _import_folder(workshop: Workshop, folder: Path, kb: str) -> Imported:
    """Write a folder's articles with the dates their files give."""
    articles, refused = _folder(workshop, folder)
    now = workshop.clock.now()

    def write(session: Session) -> int:
        if session.get(KnowledgeBase, kb) is None:
            session.add(KnowledgeBase(slug=kb, created_at=now))
            session.flush()
        changed = sum(write_article(session, kb, article, by="cli", now=now) for article in articles)
        record_audit(session, "cli", "import_articles", at=now, subject=kb, details={"changed": changed})
        return changed

    return Imported(len(articles), workshop.store.write_sync(write), refused)


def _folder(workshop: Workshop, folder: Path) -> tuple[list[Article], dict[str, str]]:
    """Read a folder's texts here, and its documents in a child each."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    documents = [path for path in files if path.suffix.lower() in ALSO_IN_FOLDERS]
    has_texts = not documents or any(path.suffix.lower() in SUFFIXES for path in files)
    articles = load_articles(folder) if has_texts else []
    refused: dict[str, str] = {}
    taken = {article.article_id for article in articles}
    for path in documents:
        name = path.relative_to(folder).as_posix()
        try:
            kept = _read(workshop, path.read_bytes(), name)
        except Refused as error:
            refused[name] = str(error)
            continue
        for article_id, wording in kept.wordings.items():
            if article_id in taken:
                raise ArticleUnreadable(f"{path}: more than one article has the id {article_id}")
            taken.add(article_id)
            articles.append(
                Article(article_id, wording.title, wording.body, wording.questions, wording.audience, wording.category)
            )
    if not articles:
        raise ArticleUnreadable(f"{folder}: no article found")
    return articles, refused


def _kept(workshop: Workshop, source: Path | Website) -> Kept:
    if isinstance(source, Website):
        return _fetched(workshop, source)
    if source.is_dir():
        articles, refused = _folder(workshop, source)
        return Kept(
            {
                one.article_id: Wording(one.title, one.body, one.questions, one.audience, one.category)
                for one in articles
            },
            refused,
            {},
        )
    return _read(workshop, source.read_bytes(), source.name)


def _wording(article: Article) -> Wording:
    return Wording(article.title, article.body, article.questions, article.audience, article.category)


def _read(workshop: Workshop, content: bytes, name: str) -> Kept:
    imports = Imports(workshop.places.var / "imports")
    import_id, _ = imports.read(content, name)
    return _let_go(imports, import_id)


def _fetched(workshop: Workshop, website: Website) -> Kept:
    imports = Imports(workshop.places.var / "imports")
    folder = imports.ready()
    fetcher = Fetcher(workshop.settings.import_hosts.split(","))
    read = read_pages(collect(fetcher, website.kind, website.url, folder, lambda *_: None), folder)
    return _let_go(imports, imports.keep(read))


def _let_go(imports: Imports, import_id: str) -> Kept:
    kept = imports.kept(import_id)
    imports.forget(import_id)
    if kept is None:
        raise Refused("it was not kept; try again")
    return kept
