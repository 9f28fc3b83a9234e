"""The report's tests look at it in a real browser."""

from browser import browser, window

__all__ = ["browser", "window"]
