"""The description of the service, for machines and for people.

The page at /docs is ours, so that it loads nothing from anywhere and works without a network.
"""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib import resources

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def page() -> Response:
    """Show every address, with the document's examples to send."""
    content, policy = _page()
    return Response(content, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": policy})


@router.get("/openapi.json")
async def description(request: Request) -> Response:
    """Describe every address (OpenAPI 3.1)."""
    return JSONResponse(request.app.openapi())


@cache
def _page() -> tuple[bytes, str]:
    """Return the page, and a policy that lets nothing run or load but what stands in it."""
    text = resources.files("twincast.entrypoints.http").joinpath("docs.html").read_text("utf-8")
    script, style = (_digest(text, tag) for tag in ("script", "style"))
    policy = (
        f"default-src 'none'; script-src '{script}'; style-src '{style}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text.encode(), policy


def _digest(text: str, tag: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    if found is None:
        raise ValueError(f"the page has no {tag}")
    return "sha256-" + b64encode(sha256(found[1].encode()).digest()).decode()
