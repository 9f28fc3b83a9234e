"""Foreign models, one file each: `open_model` of `<name>.py` is what ``kind: adapter, adapter: <name>`` runs."""
