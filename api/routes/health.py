"""Is the process alive, would a customer get an answer now, and what Prometheus may know."""

from __future__ import annotations

from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.dependencies import HealthDep, MetricsDep
from api.schemas.health import HealthOut
from api.security.callers import AdminCaller, Staff, forbidden, identify_or_none

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, bool]:
    """Answer while the process lives."""
    return {"alive": True}


@router.get("/readyz")
async def ready(health: HealthDep) -> JSONResponse:
    """Say whether a customer would get an answer now, part by part."""
    parts = await health.parts()
    is_ready = all(state == "ok" for state in parts.values())
    return JSONResponse({"ready": is_ready, "parts": parts}, status_code=200 if is_ready else 503)


@router.get("/metrics")
async def metrics(request: Request, metrics: MetricsDep, health: HealthDep) -> Response:
    """Return counts and times in Prometheus' text format, to this machine and to administrators."""
    if not _is_local(request):
        caller = await identify_or_none(request)
        if not isinstance(caller, Staff) or not caller.is_admin:
            raise forbidden()
    await health.measure(metrics)
    return Response(metrics.text(), media_type="text/plain; version=0.0.4")


@router.get("/v1/health")
async def details(_: AdminCaller, health: HealthDep) -> HealthOut:
    """Show administrators how every part is, and what runs."""
    return await health.details()


def _is_local(request: Request) -> bool:
    """Say whether the peer is this machine itself; a proxied request is not, however near its proxy."""
    if request.client is None or any(name in request.headers for name in ("x-forwarded-for", "forwarded")):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
