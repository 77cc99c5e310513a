"""The addresses that git asks behind the one that somebody clones."""

from django.urls import path

from knowledge.views import git

urlpatterns = [
    path("git/<slug:slug>.git/info/refs", git.info_refs, name="git-refs"),
    path("git/<slug:slug>.git/git-upload-pack", git.upload_pack, name="git-upload-pack"),
]
