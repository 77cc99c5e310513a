"""The short addresses of files, which drawn texts name."""

from django.urls import path

from knowledge.views import attachments

urlpatterns = [path("attachments/<str:key>", attachments.content, name="attachment")]
