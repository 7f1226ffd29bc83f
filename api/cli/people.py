"""Accounts, tokens and the key of the host site."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.cli.context import read_settings, say, workshop

agents = typer.Typer(help="People who work here.", no_args_is_help=True)
tokens = typer.Typer(help="API tokens for programs.", no_args_is_help=True)
identity = typer.Typer(help="Signed identities of customers.", no_args_is_help=True)

Role = Literal["agent", "admin"]


@agents.command("create")
def create_agent(
    email: Annotated[str, typer.Option(prompt=True)],
    name: Annotated[str, typer.Option(prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
    role: Annotated[str, typer.Option(help="agent or admin")] = "agent",
    department: Annotated[list[str] | None, typer.Option(help="May be given more than once; all if left out.")] = None,
) -> None:
    """Create an account; asks for what is not given."""
    from api.security.accounts import NewAccount, create_account

    shop = workshop()
    account = NewAccount(name, email, password, _role(role), tuple(department or ()))
    agent = shop.store.write_sync(lambda session: create_account(session, account, by="cli", now=shop.clock.now()).id)
    say(f"Created {role} {name} ({agent}).")


@tokens.command("create")
def create_api_token(
    role: Annotated[str, typer.Option(help="agent or admin")] = "agent",
    name: Annotated[str, typer.Option(help="What the token is for.")] = "",
) -> None:
    """Create an API token for a program; the token is printed once, alone on the last line."""
    from api.security.accounts import create_token

    shop = workshop()
    checked = _role(role)
    token = shop.store.write_sync(lambda session: create_token(session, checked, name=name, now=shop.clock.now()))
    say(f"A new {role} token; it is not shown again:")
    say(token)


@identity.command("key")
def show_identity_key() -> None:
    """Print the key with which the host site signs its customers' identities."""
    from api.security.secrets import ensure_secrets

    settings = read_settings()
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    say(ensure_secrets(settings.secrets_dir).identity)


def _role(role: str) -> Role:
    if role == "agent":
        return "agent"
    if role == "admin":
        return "admin"
    raise typer.BadParameter("agent or admin", param_hint="--role")
