"""How much an import may be, and how it is told that it is not read."""

from __future__ import annotations

LARGEST_UPLOAD = 20 * 1024 * 1024
LARGEST_FILE = 2 * 1024 * 1024  # one text, unpacked
LARGEST_TOTAL = 50 * 1024 * 1024  # all members of a zip, unpacked
MOST_FILES = 2_000
MOST_ARTICLES = 2_000
MOST_PAGES = 1_000  # of a PDF
HIGHEST_RATIO = 100  # unpacked to packed: text packs 3 to 20 times
LONGEST_BODY, LONGEST_TITLE, MOST_QUESTIONS, LONGEST_QUESTION = 200_000, 300, 500, 500

CPU_S, MEMORY, WRITTEN = 20, 1024 * 1024 * 1024, 128 * 1024 * 1024  # of the child that reads


class Refused(ValueError):
    """A file is not read; the message says why, for the administrator."""
