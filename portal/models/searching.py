"""The search index: what can be found, under which words, and what was asked for in vain."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from portal.models.people import Team

LONGEST_WORD = 64  # characters


class IndexEntry(models.Model):
    """One thing that can be found, as its app describes it; it can be made anew any time."""

    # Which source describes it, such as "knowledge.document", and which of its records it is.
    source = models.CharField(max_length=40)
    object_id = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=400)
    services = models.JSONField(default=list)  # keys of the services it is about
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="+")
    updated_at = models.DateTimeField()
    revision = models.PositiveIntegerField(null=True)
    overdue_at = models.DateTimeField(null=True)
    is_archived = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)  # of the description and of how it is read

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "object_id"], name="index_entry_once")
        ]
        verbose_name_plural = "index entries"

    def __str__(self) -> str:
        return f"{self.source} {self.object_id}"


class IndexText(models.Model):
    """The words of an entry; apart, so that looking through entries does not read them."""

    entry = models.OneToOneField(
        IndexEntry, primary_key=True, on_delete=models.CASCADE, related_name="words"
    )
    text = models.TextField(blank=True)  # as people read them, for the excerpt
    # In order, folded and parted, one space around each: phrases are looked up here.
    stream = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"Text of {self.entry_id}"


class Posting(models.Model):
    """
    One word of one entry, and how much it says about it.

    Besides words there are marks that no text can hold: "=..." is a whole title, name or
    identifier, "@service:7" a service that it is about, "+failover" two words of a title.
    """

    pk = models.CompositePrimaryKey("entry_id", "word")
    # Written and removed together with its entry, by one module.
    entry = models.ForeignKey(
        IndexEntry,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    word = models.CharField(max_length=LONGEST_WORD)
    weight = models.SmallIntegerField()  # thousandths
    fields = models.SmallIntegerField()  # a bit for each field in which it stands

    class Meta:
        indexes = [
            # Holds all that a search reads of it.
            models.Index(fields=["word", "weight", "entry", "fields"], name="posting_of_word")
        ]

    def __str__(self) -> str:
        return f"{self.word} in {self.entry_id}"


class Word(models.Model):
    """A word that stands in some entry: what is meant by a beginning, or by a misspelling."""

    word = models.CharField(max_length=LONGEST_WORD, primary_key=True)
    stem = models.CharField(max_length=LONGEST_WORD, db_index=True)
    head = models.CharField(max_length=2, db_index=True)  # its first letters
    tail = models.CharField(max_length=3, db_index=True)  # its last letters
    length = models.PositiveSmallIntegerField()
    entry_count = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.word


class IndexChange(models.Model):
    """
    Words that one entry gained or lost, until they are counted.

    Counting at once would have everybody who publishes wait for everybody else.
    """

    added = models.JSONField(default=list)
    removed = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"Change {self.pk}"


class IndexState(models.Model):
    """How far the index has come; there is one row."""

    # By which rules its entries were read; another number has all of them read again.
    version = models.PositiveIntegerField(default=0)
    # Where the reading stands: a source, and the last record of it that was read.
    source = models.CharField(max_length=40, blank=True)
    position = models.PositiveBigIntegerField(default=0)
    is_built = models.BooleanField(default=False)
    # Events up to this one were followed; later ones are followed unless they stand in `seen`.
    event = models.PositiveBigIntegerField(default=0)
    seen = models.JSONField(default=list)
    entry_count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"Index by rules {self.version}"


class SearchGap(models.Model):
    """What was searched and not found; by whom is not kept."""

    text = models.CharField(max_length=200, unique=True)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-count", "-last_at", "pk"]

    def __str__(self) -> str:
        return self.text
