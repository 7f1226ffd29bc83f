"""What a person sees when a command cannot do its work: one line that says what to do."""

from __future__ import annotations

import errno

OWN_PACKAGES = frozenset({"api", "kb_index"})


class Problem(Exception):
    """A command cannot go on; the message is the one line to print."""


def line_for(error: Exception) -> str | None:
    """Return the line for an error that a person can do something about; None for a fault of ours."""
    if isinstance(error, OSError) and not _is_ours(error):
        return _os_line(error)
    return str(error) if _is_ours(error) else None


def _is_ours(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in OWN_PACKAGES


def _os_line(error: OSError) -> str | None:
    where = f": {error.filename}" if error.filename else ""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"The disk is full{where}. Free some space, then try again."
        case errno.EROFS:
            return f"This folder cannot be written (read-only file system){where}."
        case errno.EACCES | errno.EPERM:
            return f"No permission{where}. Choose another folder with DESKMATE_VAR_DIR, or change its rights."
        case errno.ENOENT | errno.ENOTDIR | errno.EISDIR | errno.EADDRINUSE:
            return f"{error.strerror}{where}"
    return None
