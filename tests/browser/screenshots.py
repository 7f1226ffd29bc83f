"""`python -m tests.browser.screenshots`: play the story on a stack of its own; keep the pictures of README and docs."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.browser.serving import chromium
from tests.browser.story import Album, play
from tests.installation import ROOT, running_stack

PICTURES = {
    "customer-is-answered": "chat.png",
    "agent-uses-a-suggestion": "desk.png",
    "agent-reads-the-context": "context.png",
    "administrator-reviews": "review.png",
    "administrator-compares": "training.png",
    "administrator-reads-the-replay": "replay.png",
    "administrator-is-refused": "refused.png",
}


def main() -> None:
    """Play the story, then copy the pictures that README and docs show to docs/images."""
    album = Album(ROOT / "build" / "screenshots")
    shutil.rmtree(album.folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder) / "var") as stack, chromium() as browser:
        play(browser, stack, album)
    images = ROOT / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name, target in PICTURES.items():
        [taken] = album.folder.glob(f"*-{name}.png")
        shutil.copy2(taken, images / target)


if __name__ == "__main__":
    main()
