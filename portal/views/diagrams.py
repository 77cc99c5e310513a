"""The frame in which a diagram is drawn: a page of its own origin that can reach nothing."""

from django.http import HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_GET

from portal.access import require_look
from portal.http import Request

SCRIPTS = ("js/mermaid.js", "js/diagram-frame.js")


@require_GET
def frame(request: Request) -> HttpResponse:
    """
    Send the frame; what it draws comes by a message from the page around it.

    `sandbox` gives it an origin of its own, whoever opens it. Mermaid writes styles into its
    drawings, so styles are let in, here and nowhere else; nothing can be fetched by them.
    """
    require_look(request.user)
    scripts = " ".join(request.build_absolute_uri(static(name)) for name in SCRIPTS)
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
    )
    answer = render(request, "diagram_frame.html")
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer
