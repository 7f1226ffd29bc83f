"""`data/` and the database: imported once, exported as small reviewable changes, read back without loss."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.articles.catalogue import Wording, current_articles, save_article
from api.articles.synonyms import save_synonyms, synonyms_of, versions_of
from api.review.questions import versions_of as question_versions
from api.store.tables import Intent, Job, LabelledQuestion, TrainingExample
from api.worker.exchange import changes, diff, export, read_in
from api.worker.index import taught
from api.worker.phrasings import Phrasing, new_phrasing, read_phrasings
from api.worker.seed import MAIN, is_seeded, read_intents, read_seed, sow
from api.worker.snapshot import known, write_snapshot
from api.worker.synonym_file import read_synonyms
from api.worker.training_data import TrainingDataInvalid, read_nlu_folder, read_yaml
from api.worker.unanswered import new_unanswered, outside_of, read_unanswered, unanswered_of
from kb_index.synonyms import Synonym

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LATER = datetime(2026, 6, 2, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project: two articles, two intents, one question."""
    data = tmp_path / "project" / "data"
    (data / "articles").mkdir(parents=True)
    (data / "nlu").mkdir()
    (data / "rules").mkdir()
    (data / "rules" / "rules.yml").write_text("version: '3.1'\nrules: []\n")
    for name in ("returns", "delivery"):
        (data / "articles" / f"{name}.md").write_text(
            f"---\nid: {name}\ntitle: About {name}\nquestions:\n- how about {name}\nupdated: 2026-01-02\n---\n\n"
            f"Text on {name}.\n"
        )
    (data / "intents.yml").write_text(
        "# kept while nothing changes\nintents:\n  ask: {outcome: search}\n"
        "  greet: {outcome: response, cut_off: 0.6, description: Hello.}\n"
    )
    (data / "nlu" / "all.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: ask\n  examples: |\n    - where is [my parcel](thing)\n    - can i return it\n'
        "- intent: greet\n  examples: |\n    - hello\n- synonym: parcel\n  examples: |\n    - package\n"
    )
    (data / "questions.jsonl").write_text(
        '{"query_id": "q1", "query": "Send it back?", "history": [], "relevant_docs": ["returns"], "split": "dev", '
        '"tags": []}\n'
    )
    (tmp_path / "project" / "config.yml").write_text("language: en\n")
    (tmp_path / "project" / "domain.yml").write_text("version: '3.1'\n")
    return tmp_path / "project"


@pytest.fixture
def seeded(shop, project: Path):
    shop.store.write_sync(lambda session: sow(session, read_seed(project / "data"), now=NOW))
    return shop


def found(shop, project: Path):
    return shop.store.read_sync(lambda session: changes(session, project / "data"))


def test_an_empty_database_takes_everything_once(seeded):
    assert seeded.store.read_sync(is_seeded)
    articles = seeded.store.read_sync(lambda session: current_articles(session, "main"))
    assert [(row.article_id, row.updated, row.questions) for row in articles] == [
        ("delivery", "2026-01-02", ["how about delivery"]),
        ("returns", "2026-01-02", ["how about returns"]),
    ]
    tables = (Intent, TrainingExample, LabelledQuestion, Job)
    counts = [len(seeded.store.read_sync(lambda s, t=table: s.scalars(select(t)).all())) for table in tables]
    assert counts == [2, 3, 1, 0]


def test_right_after_the_import_nothing_differs(seeded, project):
    assert found(seeded, project) == {}


def test_a_snapshot_holds_what_the_database_says_and_the_rest_of_the_files(seeded, project, tmp_path):
    def learn(session) -> None:
        session.add(TrainingExample(intent="greet", text="good morning", created_at=LATER))
        session.add(TrainingExample(intent="greet", text="good evening", held_out=True, created_at=LATER))
        session.add(Intent(name="thanks", outcome="response", target="utter_thanks", created_at=LATER))

    seeded.store.write_sync(learn)
    what = seeded.store.read_sync(known)
    write_snapshot(project, what, tmp_path / "snapshot")
    data = tmp_path / "snapshot" / "data"
    nlu = read_nlu_folder(data / "nlu")
    assert [(e.intent, e.text) for e in nlu.examples] == [
        ("ask", "can i return it"),
        ("ask", "where is [my parcel](thing)"),
        ("greet", "hello"),
        ("greet", "good morning"),
    ]
    assert [dict(block) for block in nlu.others] == [{"synonym": "parcel", "examples": "- package\n"}]
    assert read_yaml(data / "intents.yml")["intents"] == {
        "ask": {"outcome": "search"},
        "greet": {"outcome": "response", "cut_off": 0.6, "description": "Hello."},
        "thanks": {"outcome": "response", "target": "utter_thanks"},
    }
    assert (data / "rules" / "rules.yml").exists()
    assert not (data / "articles").exists()
    assert [example.text for example in what.held_out] == ["good evening"]


def test_what_customers_wrote_is_text_to_rasas_reader(seeded, project, tmp_path):
    """No environment variable and no entity comes out of a labelled message."""
    said = "why ${DESKMATE_SECRET} and [click](http://evil.example) " + "${" * 50
    seeded.store.write_sync(
        lambda session: session.add(TrainingExample(intent="greet", text=said, source="label:l1", created_at=LATER))
    )
    write_snapshot(project, seeded.store.read_sync(known), tmp_path / "snapshot")
    written = (tmp_path / "snapshot" / "data" / "nlu" / "examples.yml").read_text()
    assert "${" not in written
    assert "why $ {DESKMATE_SECRET} and (click)(http://evil.example)" in written
    assert "[my parcel](thing)" in written  # our own files mark entities


def test_an_export_is_a_small_diff_and_can_be_read_back(seeded, project):
    def change(session) -> None:
        save_article(session, ("main", "returns"), Wording("About returns", "New text."), by="agent:a", now=LATER)
        session.add(TrainingExample(intent="greet", text="good morning", created_at=LATER))

    seeded.store.write_sync(change)
    what = found(seeded, project)
    assert list(what) == ["articles/returns.md", "nlu/all.yml"]
    text = diff(what, project / "data")
    assert "-Text on returns." in text
    assert "+New text." in text
    assert "- good morning" in text
    untouched = (project / "data" / "articles" / "delivery.md").stat().st_mtime_ns
    export(what, project / "data")
    assert found(seeded, project) == {}
    assert (project / "data" / "articles" / "delivery.md").stat().st_mtime_ns == untouched
    seed = read_seed(project / "data")
    assert not any(seeded.store.write_sync(lambda s: read_in(s, seed, by="cli", now=LATER)).values())


def test_reading_in_follows_the_files(seeded, project):
    shutil.copy(project / "data" / "articles" / "returns.md", project / "data" / "articles" / "new.md")
    new = project / "data" / "articles" / "new.md"
    new.write_text(new.read_text().replace("id: returns", "id: new"))
    (project / "data" / "articles" / "delivery.md").unlink()
    nlu = project / "data" / "nlu" / "all.yml"
    nlu.write_text(nlu.read_text().replace("- hello", "- hi"))
    seed = read_seed(project / "data")
    counts = seeded.store.write_sync(lambda session: read_in(session, seed, by="cli", now=LATER))
    assert counts == {"articles": 2, "intents": 0, "examples": 2, "questions": 0, "synonyms": 0}
    assert found(seeded, project) == {}


LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nnlu: [*b]"
DEEP = "nlu: " + "[" * 50 + "]" * 50


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("nlu: !!python/object/apply:os.system [id]", "tags are not read", id="F06: a tag that runs"),
        pytest.param("nlu: !ENV name", "tags are not read", id="F06: a tag of somebody's own"),
        pytest.param(LAUGHS, "anchors and aliases", id="F06: an alias bomb"),
        pytest.param("nlu: &x []", "anchors and aliases", id="F06: an anchor"),
        pytest.param(f"nlu: {'a' * 10_000_000}", "longer than", id="F06: a value of 10 MB"),
        pytest.param("nlu:\n- intent: ${SECRET}\n  examples: |\n    - a", "environment variable", id="F06: a secret"),
        pytest.param("nlu: " + "'${' " * 20_000, "", id="F06: many openings and no YAML"),
        pytest.param("nlu: '" + "${" * 20_000 + "'", "environment variable", id="F06: many openings"),
        pytest.param("nlu: []\nnlu: []", "said twice", id="F06: a name twice"),
        pytest.param("nlu:\n- intent: a\n  intent: b", "said twice", id="F06: a name twice further in"),
        pytest.param("nlu: []\nstories: []", "only 'version' and 'nlu'", id="F06: an unknown name"),
        pytest.param("nlu:\n- intent: a\n  use: evil", "unknown names: 'use'", id="F06: an unknown name in a block"),
        pytest.param("nlu:\n- colour: red", "neither an intent nor a synonym", id="F06: an unknown block"),
        pytest.param(DEEP, "deeper than", id="F06: too deep"),
        pytest.param("nlu:\n- regex: slow\n  examples: |\n    - (a+)+$", "regular expressions", id="F07: a pattern"),
        pytest.param("nlu:\n- lookup: country\n  examples: |\n    - a", "look-up tables", id="F07: a look-up table"),
        pytest.param("nlu: 3", "no list of training data", id="no list"),
        pytest.param("nlu:\n- intent: a\n  examples: 4", "are no text", id="examples that are none"),
        pytest.param(": : :", "", id="no YAML"),
    ],
)
def test_untrusted_yaml_is_refused_with_the_reason_and_makes_no_objects(tmp_path, text, why):
    (tmp_path / "bad.yml").write_text(text)
    with pytest.raises(TrainingDataInvalid, match=rf"bad\.yml.*{why}"):
        read_nlu_folder(tmp_path)


def test_a_file_that_is_too_large_is_not_even_read(tmp_path):
    """F06: size before content."""
    with (tmp_path / "big.yml").open("wb") as file:
        file.truncate(20_000_001)
    with pytest.raises(TrainingDataInvalid, match="larger than 20 MB"):
        read_nlu_folder(tmp_path)


@pytest.mark.parametrize(
    "fields", ["{outcome: search, run: evil}", "{outcome: win}", "{outcome: search, cut_off: high}", "[search]"]
)
def test_an_intent_with_unknown_names_or_values_is_refused(tmp_path, fields):
    """F06: the same for intents."""
    (tmp_path / "intents.yml").write_text(f"intents:\n  ask: {fields}\n")
    with pytest.raises(TrainingDataInvalid, match="'ask'"):
        read_intents(tmp_path / "intents.yml")


def test_what_a_customer_typed_comes_back_from_an_export(seeded, project):
    """F06: files are written by a dumper, and nothing in them stands for an environment variable."""
    said = "why ${DESKMATE_SECRET} & 'quotes' \"here\": #yes"
    seeded.store.write_sync(lambda s: s.add(TrainingExample(intent="greet", text=said, created_at=LATER)))
    export(found(seeded, project), project / "data")
    [back] = [e.text for e in read_nlu_folder(project / "data" / "nlu").examples if "why" in e.text]
    assert back == said.replace("${", "$ {")
    assert found(seeded, project) == {}


def test_without_examples_there_is_nothing_to_train(shop, project, tmp_path):
    with pytest.raises(TrainingDataInvalid, match="no training example"):
        write_snapshot(project, shop.store.read_sync(known), tmp_path / "snapshot")


def test_phrasings_teach_the_search_and_come_back_to_their_file(shop, project: Path) -> None:
    folder = project / "data" / "phrasings"
    folder.mkdir()
    (folder / "all.yml").write_text("returns:\n  - send it back pls\n  - don't want it\n")
    shop.store.write_sync(lambda session: sow(session, read_seed(project / "data"), now=NOW))

    by_id = {article.article_id: article for article in shop.store.read_sync(lambda session: taught(session, MAIN))}
    assert set(by_id["returns"].phrasings) == {"send it back pls", "don't want it"}
    assert by_id["delivery"].phrasings == ()
    assert found(shop, project) == {}

    more = Phrasing("delivery", "where r u")
    shop.store.write_sync(lambda session: session.add(new_phrasing(more, MAIN, LATER)))
    export(found(shop, project), project / "data")
    assert more in read_phrasings(folder)
    assert found(shop, project) == {}
    again = shop.store.write_sync(lambda session: read_in(session, read_seed(project / "data"), by="me", now=LATER))
    assert again["questions"] == 0


def test_confirmed_pairs_keep_their_rows_through_export_and_import(seeded, project):
    def confirm(session) -> None:
        for split in ("taught", "waiting"):
            words = {"text": f"{split} words", "article_ids": ["returns"], "history": [], "tags": []}
            session.add(LabelledQuestion(id=split, kb=MAIN, split=split, source="label:1", created_at=LATER, **words))

    seeded.store.write_sync(confirm)
    export(found(seeded, project), project / "data")
    assert read_phrasings(project / "data" / "phrasings") == [
        Phrasing("returns", "taught words")
    ]  # what waits stays here
    again = seeded.store.write_sync(lambda session: read_in(session, read_seed(project / "data"), by="me", now=LATER))
    assert again["questions"] == 0
    rows = seeded.store.read_sync(lambda s: s.scalars(select(LabelledQuestion).order_by(LabelledQuestion.split)).all())
    assert [(row.split, row.source) for row in rows if row.source != "seed"] == [
        ("taught", "label:1"),
        ("waiting", "label:1"),
    ]


def test_what_a_question_was_is_kept_when_a_file_changes_it_takes_it_out_and_brings_it_back(seeded, project):
    path = project / "data" / "questions.jsonl"
    first = path.read_text()
    for number, text in enumerate((first.replace("Send it", "Give it"), "", first, first), start=1):
        path.write_text(text)
        seed, now = read_seed(project / "data"), LATER + timedelta(days=number)
        told = seeded.store.write_sync(lambda session, seed=seed, now=now: read_in(session, seed, by="me", now=now))
        assert told["questions"] == (number < 4)
    kept = seeded.store.read_sync(lambda session: question_versions(session, "q1"))
    assert [(one.version, one.text, one.deleted, one.source, one.created_by) for one in kept] == [
        (4, "Send it back?", False, "import", "me"),
        (3, "Give it back?", True, "seed", "me"),
        (2, "Give it back?", False, "seed", "me"),
        (1, "Send it back?", False, "seed", None),
    ]
    assert found(seeded, project) == {}


@pytest.mark.parametrize("content", ["- a list", "returns: text", "returns: [1]", "returns: ['']"])
def test_a_file_that_holds_no_phrasings_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.yml").write_text(content)
    with pytest.raises(TrainingDataInvalid, match=r"bad\.yml"):
        read_phrasings(tmp_path)


def test_unanswered_questions_go_out_and_come_back(seeded, project):
    """They are kept apart from phrasings and from what is measured with, though all are labelled questions."""
    seeded.store.write_sync(lambda session: session.add(new_unanswered("do you sell tea", MAIN, NOW)))
    what = found(seeded, project)
    assert list(what) == ["unanswered.yml"]
    export(what, project / "data")
    assert read_unanswered(project / "data" / "unanswered.yml") == ["do you sell tea"]
    assert found(seeded, project) == {}
    (project / "data" / "unanswered.yml").write_text('- "do you sell tea"\n- "can I fly there"\n')
    seed = read_seed(project / "data")
    changed = seeded.store.write_sync(lambda session: read_in(session, seed, by="x", now=LATER))
    assert changed["questions"] == 1
    assert seeded.store.read_sync(lambda session: unanswered_of(session, MAIN)) == [
        "do you sell tea",
        "can I fly there",
    ]
    assert found(seeded, project) == {}


def test_a_file_of_unanswered_questions_that_is_no_list_is_refused(project):
    (project / "data" / "unanswered.yml").write_text("question: where\n")
    with pytest.raises(TrainingDataInvalid, match="not a list of texts"):
        read_seed(project / "data")


def test_what_was_labelled_as_none_of_our_business_is_beyond_the_articles(seeded):
    labelled = TrainingExample(intent="out_of_scope", text="walk my dog", source="label:l1", created_at=LATER)
    imported = TrainingExample(intent="out_of_scope", text="sing a song", source="import", created_at=LATER)
    seeded.store.write_sync(lambda session: session.add_all([labelled, imported]))
    assert seeded.store.read_sync(lambda session: outside_of(session, MAIN)) == ["walk my dog"]


def test_synonyms_are_kept_in_every_wording_go_out_and_come_back(seeded, project):
    tea, brew = Synonym("cuppa", "tea"), Synonym("brew", "tea")

    def edit(session) -> None:
        save_synonyms(session, MAIN, [tea], by="agent:a", now=NOW)
        save_synonyms(session, MAIN, [tea, brew], by="agent:a", now=LATER)
        save_synonyms(session, MAIN, [tea, brew], by="agent:b", now=LATER)  # the same again is no version

    seeded.store.write_sync(edit)
    versions = seeded.store.read_sync(lambda s: [(v.version, len(v.entries)) for v in versions_of(s, MAIN)])
    assert versions == [(2, 2), (1, 1)]
    what = found(seeded, project)
    assert list(what) == ["synonyms.yml"]
    export(what, project / "data")
    assert sorted(read_synonyms(project / "data" / "synonyms.yml")) == [brew, tea]
    assert found(seeded, project) == {}
    (project / "data" / "synonyms.yml").write_text("tea: [cuppa]\n")
    seed = read_seed(project / "data")
    assert seeded.store.write_sync(lambda session: read_in(session, seed, by="x", now=LATER))["synonyms"] == 1
    assert seeded.store.read_sync(lambda session: synonyms_of(session, MAIN)) == (tea,)


@pytest.mark.parametrize("text", ["- cuppa", "tea: cuppa", "tea: ['']", "tea: [1]"])
def test_a_file_of_synonyms_that_is_none_is_refused(project, text):
    (project / "data" / "synonyms.yml").write_text(text)
    with pytest.raises(TrainingDataInvalid, match=r"synonyms\.yml"):
        read_seed(project / "data")
