"""On-call schedules in words, for templates."""

from django import template

from operations import layer_words
from operations.models import Layer

register = template.Library()


@register.filter
def in_words(layer: Layer) -> str:
    """Return how a layer rotates and when it is in force."""
    return layer_words.in_words(layer)
