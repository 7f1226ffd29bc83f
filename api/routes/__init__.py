"""The routes. Each module has one `router`; the order here is the order they are tried in."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes import (
    agents,
    article_imports,
    article_sources,
    articles,
    audit,
    availability,
    chat_socket,
    conversations,
    customer,
    desk,
    desk_socket,
    desk_tools,
    docs,
    events,
    health,
    help,  # noqa: A004 - the page is called help
    insight,
    models,
    pages,
    privacy,
    queue,
    reports,
    review,
    sessions,
    setup,
    suggestions,
    synonyms,
    training,
    visits,
    webhooks,
)

ROUTERS: tuple[APIRouter, ...] = tuple(
    module.router
    for module in (
        health,
        customer,
        visits,
        webhooks,
        chat_socket,
        suggestions,
        sessions,
        setup,
        agents,
        article_imports,
        article_sources,
        articles,
        synonyms,
        availability,
        help,
        review,
        queue,
        conversations,
        desk,
        desk_socket,
        desk_tools,
        events,
        training,
        models,
        reports,
        insight,
        privacy,
        audit,
        docs,
        pages,
    )
)
