"""Which static files are collected."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """Django's own, without the megabytes of documentation bundles that no page of ours uses."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "ninja"]
