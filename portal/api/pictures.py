"""Pictures in the API: sent first, then given to what they belong to."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.access import require_work
from portal.api.bodies import given
from portal.http import signed_in
from portal.models import Picture
from portal.pictures import MOST_BYTES, too_large
from portal.workflow.pictures import keep_picture


class PictureSerializer(serializers.ModelSerializer[Picture]):
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Picture
        fields = ["name", "media_type", "width", "height", "size", "label", "url"]
        read_only_fields = fields


class SendPictureSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="PNG, JPEG, WebP or GIF, up to 10 MB.")


class PictureView(APIView):
    """Sent once more, the same picture is given back: no Idempotency-Key is needed."""

    parser_classes = [MultiPartParser]

    @extend_schema(request=SendPictureSerializer, responses={201: PictureSerializer})
    def post(self, request: Request) -> Response:
        """
        Send a picture; it is written anew, without its metadata.

        Name it, within a day, in what it belongs to, such as an entry of a timeline.
        """
        user = signed_in(request)
        require_work(user)
        file = given(SendPictureSerializer, request)["file"]
        if file.size > MOST_BYTES:
            raise too_large()
        picture = keep_picture(file.read(), label=file.name or "", actor=user)
        return Response(PictureSerializer(picture).data, status=201)
