"""The routes. Each module has one `router`; the order here is the order they are tried in."""

from __future__ import annotations

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
