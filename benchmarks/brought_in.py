"""A folder that comes in, and how long each part of that takes."""

import os
import time

from django.test import Client

from knowledge import workflow
from knowledge.exporting import as_markdown, exportable, zipped
from knowledge.git_history import repository
from knowledge.models import Document, first_space
from portal import clock
from portal.search import building
from tests.knowledge import folders
from tests.make import make_person

FILES = int(os.environ.get("FOLDER_FILES", "400"))


class Stopwatch:
    def __init__(self) -> None:
        self.began = self.last = time.perf_counter()

    def took(self, what: str) -> None:
        now = time.perf_counter()
        print(f"{what:<32} {now - self.last:6.1f} s")
        self.last = now


def measure() -> None:
    building.rebuild()
    reader = make_person("Reader")
    client = Client()
    client.force_login(reader)
    files = folders.zipped(folders.folder(FILES))
    watch = Stopwatch()
    coming = workflow.start_import(
        files, name="folder", space=first_space(), is_published=True, actor=None
    )
    coming = workflow.work_on(coming)
    watch.took(f"checked {coming.file_count} files")
    workflow.take_in(coming, actor=None)
    coming = workflow.work_on(coming)
    watch.took(f"written {coming.created_count} documents")
    while building.follow(clock.now()):
        pass
    last = Document.objects.order_by("pk").last()
    assert last is not None
    page = client.get("/search/", {"q": last.title}, HTTP_HOST="localhost").content.decode()
    assert last.get_absolute_url() in page
    watch.took("found by the last one's title")
    print(f"{'from sent to found':<32} {watch.last - watch.began:6.1f} s")
    size = len(zipped(as_markdown(exportable(reader, Document.objects.all()))))
    watch.took(f"exported {size // 1000} kB")
    repository(first_space(), reader)
    watch.took("as a git repository")
