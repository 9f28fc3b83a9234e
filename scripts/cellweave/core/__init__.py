"""Floor 1: logs, errors, whole files, progress, code hash, configuration, tile grids (stdlib and numpy)."""
