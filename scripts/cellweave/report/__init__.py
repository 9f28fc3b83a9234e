"""Report: figures and the HTML page."""
