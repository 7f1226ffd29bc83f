"""Ten hand-written questions against an imported folder of articles that is not part of this repository.

    python -m tests.kb_index.imported_folder FOLDER

FOLDER holds the user documentation of Plausible Analytics (github.com/plausible/docs, folder docs). Prints one line per
question, and ends with 1 when the right article is not first for at least eight.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from kb_index.articles import load_articles
from kb_index.build import build, publish
from kb_index.encoder import Encoder
from kb_index.search import Search

QUESTIONS = (
    ("Can I make everyone on my team use 2FA?", {"2fa"}),
    ("I don't want the weekly summary mail any more", {"email-reports"}),
    ("how do i stop paying for it", {"cancel-subscription"}),
    ("do you take bank transfers", {"billing"}),
    ("I want to give a client read access without an account", {"shared-links"}),
    ("hide my own visits from the numbers", {"excluding", "excluding-localstorage"}),
    ("how many people download our PDF brochure?", {"file-downloads-tracking"}),
    ("we've got a new domain name, do we lose our history", {"change-domain-name"}),
    ("what does bounce rate mean here", {"metrics-definitions"}),
    ("put the dashboard into our intranet page as an iframe", {"embed-dashboard"}),
)
ENOUGH = 8


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoder", type=Path, default=Path("var/encoder"))
    options = parser.parse_args()
    encoder = Encoder.load(options.encoder)
    with tempfile.TemporaryDirectory() as root:
        version = build(load_articles(options.folder), Path(root), kb="imported", encoder=encoder)
        publish(Path(root), "imported", version)
        search = Search.open(Path(root), kb="imported", encoder=encoder)
        right = 0
        for question, expected in QUESTIONS:
            found = search.suggest(question)
            first = found.suggestions[0].article_id
            right += first in expected
            mark = "right" if first in expected else "WRONG"
            sys.stdout.write(f"{mark}  {question} -> {first} ({found.decision}, {found.confidence:.2f})\n")
    sys.stdout.write(f"{right} of {len(QUESTIONS)}\n")
    return 0 if right >= ENOUGH else 1


if __name__ == "__main__":
    raise SystemExit(main())
