"""The picture: what customers were told beside what they waited."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from benchmarks.desk.reckoning import Calibration, Wait

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "deskmate"  # the same picture is the same file

from matplotlib import pyplot as plt  # noqa: E402 - after the backend is chosen

INK, SOFT, LIKELY, MOST = "#1d2321", "#5b6662", "#1f5c4d", "#c98a2b"


def draw(waits: Sequence[Wait], calibration: Calibration, path: Path) -> None:
    """Draw estimated against real waits, and how often the wait stayed within each guess, into an SVG.

    Args:
        waits: those of served customers.
        calibration: of the same.
        path: the file.
    """
    told = [
        (wait.likely_s / 60, wait.most_s / 60, wait.waited_s / 60) for wait in waits if wait.likely_s and wait.most_s
    ]
    likely, most, waited = (np.array(column) for column in zip(*told, strict=True))
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6), width_ratios=(1.5, 1))
    top = float(max(most.max(), waited.max())) * 1.05
    left.plot([0, top], [0, top], color=SOFT, linewidth=1)
    left.hlines(waited, likely, most, color=MOST, linewidth=0.8, alpha=0.5)
    left.scatter(likely, waited, s=14, color=LIKELY, label="told as likely", zorder=3)
    left.scatter(most, waited, s=9, color=MOST, marker="|", label="nine of ten wait no longer")
    left.set(xlabel="told, minutes", ylabel="waited, minutes", xlim=(0, top), ylim=(0, top))
    left.set_title(
        f"{calibration.told} waits; likely wait off by {calibration.median_error_s:.0f} s (median)", fontsize=10
    )
    left.legend(frameon=False, fontsize=8, loc="upper left")
    shares = (calibration.within_likely, calibration.within_most)
    right.bar((0, 1), shares, color=(LIKELY, MOST), width=0.5)
    for place, (share, right_share) in enumerate(zip(shares, (0.5, 0.9), strict=True)):
        right.hlines(right_share, place - 0.4, place + 0.4, color=INK, linewidth=1.2)
        right.text(place, share + 0.02, f"{share:.0%}", ha="center", fontsize=9, color=INK)
    right.set(ylim=(0, 1.08), xticks=(0, 1), ylabel="share of waits")
    right.set_xticklabels(
        ["within the likely wait\n(line: one half)", "within the longer one\n(line: nine tenths)"], fontsize=8
    )
    right.set_title("how often the guess held", fontsize=10)
    for axis in (left, right):
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
