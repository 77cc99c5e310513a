"""Interim: the author of this module replaces it."""

from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    pass


class StrictInputMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)
