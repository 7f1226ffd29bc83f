"""What is kept about customers: shown, given out, erased, and let go when its time is over; and the audit log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import run_job, say, workshop
from api.cli.problems import Problem

if TYPE_CHECKING:
    from api.privacy.subjects import Subject
    from api.worker.workshop import Workshop

app = typer.Typer(help="What is kept about customers.", no_args_is_help=True)
audit = typer.Typer(help="The log of who did what.", no_args_is_help=True)

Email = Annotated[str, typer.Option("--email", help="As the customer left it.")]
Phone = Annotated[str, typer.Option("--phone", help="As the customer left it; only digits count.")]
Sub = Annotated[str, typer.Option("--id", help="The host site's id of the customer.")]
Ids = Annotated[list[str] | None, typer.Option("--conversation", help="May be given more than once.")]
KINDS = {
    "conversations": "conversations",
    "suggestions": "suggestion sets",
    "audit": "audit lines",
    "tasks": "done call-backs",
    "logs": "log files, log-in attempts, desk events and ended jobs",
    "models": "models that learnt from erased customers",
}


@app.command("export")
def export_one(
    file: Annotated[Path, typer.Argument(help="The new zip.")],
    email: Email = "",
    phone: Phone = "",
    customer: Sub = "",
    conversation: Ids = None,
) -> None:
    """Write everything held about one customer into a zip."""
    from api.privacy.export import export_customer

    shop = workshop()
    subject = _subject(shop, email, phone, customer, conversation)
    if file.exists():
        raise Problem(f"{file} exists already.")
    zipped = shop.store.write_sync(lambda session: export_customer(session, subject, by="cli", now=shop.clock.now()))
    file.touch(mode=0o600)
    file.write_bytes(zipped)
    _tell(subject)
    say(f"{file}: {len(zipped) / 1000:.0f} kB of personal data. Give it to nobody but the customer.")


@app.command()
def erase(
    email: Email = "",
    phone: Phone = "",
    customer: Sub = "",
    conversation: Ids = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase one customer: messages and everything made of them. It cannot be undone."""
    shop = workshop()
    subject = _subject(shop, email, phone, customer, conversation)
    _tell(subject)
    if not (yes or typer.confirm("Erase all of this for good?")):
        say("Nothing was erased.")
        return
    outcome = run_job(shop, "erase", {"conversation_ids": list(subject.conversation_ids)})
    say(f"Receipt: {shop.places.var / 'privacy' / str(outcome['receipt_id'])}.json")


@app.command()
def receipt(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Check the signature of an erasure's receipt and show it."""
    from api.privacy.receipts import read_receipt

    shown = read_receipt(workshop().places, file)
    for name, value in shown.items():
        if name != "signature":
            say(f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    say("The signature is this installation's.")


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")] = False,
) -> None:
    """Remove what is older than it may be kept; the worker does it once a day."""
    from api.worker.retention import due

    shop = workshop()
    if not dry_run:
        run_job(shop, "retention", {})
        return
    for one in due(shop):
        term = "" if one.days is None else f", kept for {one.days} days" if one.days else ", kept for ever"
        say(f"{one.count:>8}  {KINDS[one.kind]}{term}")


@audit.command()
def verify(
    noted: Annotated[str, typer.Option("--contains", help="A head noted earlier, which must be in the log.")] = "",
) -> None:
    """Follow the chain of hashes from the first line to the newest; ends with 1 when a line was changed or removed."""
    from api.security.audit import check_chain, holds

    store = workshop().store
    chain = store.read_sync(check_chain)
    if chain.damaged is not None:
        raise Problem(f"The audit log was changed: line {chain.damaged} is not what was written.")
    if noted and not store.read_sync(lambda session: holds(session, noted)):
        raise Problem(f"The audit log was written anew or cut: it does not hold {noted}.")
    say(f"{chain.lines} lines, all as they were written.")
    say(f"Head: {chain.head}")


@audit.command("list")
def list_lines(limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50) -> None:
    """Show the newest lines, newest first."""
    from api.security.audit import newest_lines

    for line in workshop().store.read_sync(lambda session: newest_lines(session, limit=limit)):
        facts = " ".join(f"{name}={value}" for name, value in (line.details or {}).items() if value is not None)
        refused = "" if line.successful else "refused"
        shown = (str(line.id), f"{line.at:%Y-%m-%d %H:%M:%S}", line.actor, line.action, line.subject or "", facts)
        say("  ".join(filter(None, (*shown, refused))))


def _subject(shop: Workshop, email: str, phone: str, customer: str, conversation: list[str] | None) -> Subject:
    from api.privacy.subjects import Wanted, find_subject

    wanted = Wanted(email or None, phone or None, customer or None, tuple(conversation or ()))
    subject = shop.store.read_sync(lambda session: find_subject(session, wanted))
    if subject.conversation_ids:
        return subject
    hint = f" It is mentioned in: {', '.join(subject.mentioned_in)}." if subject.mentioned_in else ""
    raise Problem(f"No conversation is this customer's.{hint}")


def _tell(subject: Subject) -> None:
    for conversation_id in subject.conversation_ids:
        verified = " (the host site vouched for the customer)" if conversation_id in subject.verified_ids else ""
        say(f"  {conversation_id}{verified}")
    if subject.mentioned_in:
        say(f"Also mentioned by others, in: {', '.join(subject.mentioned_in)}")
