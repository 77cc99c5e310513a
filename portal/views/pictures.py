"""The one door through which a picture leaves."""

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from portal.access import picture_for
from portal.http import Request

# It is ours and plain; should it ever be opened as a page, nothing in it may act.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=3600",
}


@require_GET
def picture(request: Request, name: str) -> HttpResponse:
    """The picture itself, for whoever may see what it belongs to."""
    found = picture_for(request.user, name)
    headers = {**HEADERS, "ETag": f'"{found.sha256}"'}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponse(status=304, headers=headers)
    try:
        with default_storage.open(found.path) as file:
            content = file.read()
    except FileNotFoundError:
        raise Http404 from None
    kind = found.media_type.rpartition("/")[2]
    headers["Content-Disposition"] = f'inline; filename="picture.{kind}"'
    return HttpResponse(content, content_type=found.media_type, headers=headers)
