"""Trained models: which there are, which serves, and changing that."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.context import run_job, say, workshop
from api.cli.problems import Problem

app = typer.Typer(help="Trained models.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """List the models, newest first."""
    from api.worker.registry import listed

    for model in workshop().store.read_sync(listed):
        accuracy = f"{model.accuracy:.1%} right" if model.accuracy is not None else ""
        made = f"{model.created_at:%Y-%m-%d %H:%M}"
        say("  ".join((model.version, f"{model.state:<9}", made, accuracy, model.note or "")).rstrip())


@app.command()
def promote(
    version: Annotated[str, typer.Argument(help="As `model list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why, for a model the comparison refused; it is logged.")] = "",
) -> None:
    """Let a model serve, without a pause."""
    from api.worker.registry import check_promotable

    shop = workshop()
    shop.store.read_sync(lambda session: check_promotable(session, version, reason=reason))
    arguments: dict[str, object] = {"version": version, **({"reason": reason} if reason else {})}
    run_job(shop, "promote", arguments)
    say(f"Model {version} serves.")


@app.command()
def compare(
    version: Annotated[str, typer.Argument(help="As `model list` shows it.")],
    days: Annotated[int, typer.Option(min=1, max=365, help="How far back real questions are replayed.")] = 14,
) -> None:
    """Compare a model with the one that serves, and show which recent answers would change."""
    from api.store.tables import Model

    shop = workshop()
    run_job(shop, "compare", {"version": version, "days": days})
    comparison = shop.store.read_sync(lambda session: session.get_one(Model, version).comparison) or {}
    for change in (comparison.get("replay") or {}).get("shown", []):
        say(f"  {change['text']}")
        for name in ("before", "after"):
            got = change[name]
            say(f"    {name}: {got['intent']} ({got['outcome']}) {got['gets'] or ''}".rstrip())


@app.command()
def rollback() -> None:
    """Let the model serve again that served before this one: within seconds while its process is warm."""
    from api.cli.context import follow_job
    from api.security.secrets import read_secret
    from api.worker.rasa_probe import RasaProbe
    from api.worker.rollback import NothingBefore, roll_back

    shop = workshop()
    probe = RasaProbe(read_secret(shop.places.internal_secret))
    try:
        returned = roll_back(shop.store, shop.clock, probe.check_turn, actor="cli")
    except NothingBefore:
        raise Problem("No other model served before this one.") from None
    finally:
        probe.close()
    if not returned.at_once:
        follow_job(shop, returned.job_id)
    say(f"Model {returned.version} serves again.")
