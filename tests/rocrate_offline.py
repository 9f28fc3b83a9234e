"""Runs the official RO-Crate validator without a network; by the Python of `make test-crate`, not the workflow's.

The validator fetches the JSON-LD contexts that a crate names. Here they come from where they are installed: RO-Crate's
own from the package rocrate, and the one term of the Workflow Run context that our crates use.
"""

import json
import sys
from importlib.resources import files

import requests
from rocrate_validator.cli.main import cli

CONTEXTS = {
    "https://w3id.org/ro/crate/1.1/context": json.loads(files("rocrate").joinpath("data/ro-crate.jsonld").read_text()),
    "https://w3id.org/ro/terms/workflow-run/context": {
        "@context": {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
    },
}


class Installed(requests.adapters.BaseAdapter):
    """Answers requests for contexts, and no others."""

    def send(self, request, **_):
        response = requests.Response()
        response.status_code, response.url, response.request = 404, request.url, request
        if request.url in CONTEXTS:
            response.status_code, response._content = 200, json.dumps(CONTEXTS[request.url]).encode()
            response.headers["Content-Type"] = "application/ld+json"
        return response

    def close(self):
        pass


if __name__ == "__main__":
    assert CONTEXTS["https://w3id.org/ro/crate/1.1/context"]["version"] == "1.1.0"
    requests.Session.get_adapter = lambda _, url: Installed()
    sys.exit(cli())
