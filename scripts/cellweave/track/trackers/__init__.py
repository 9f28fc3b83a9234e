"""One file per tracker: its name is the `kind` that a configuration gives, its keyword arguments are the options.

Each file has a function ``link(movie, *, ...) -> (nodes, tracks)`` with `movie` a `cellweave.track.movie.Movie` and the
result as `cellweave.track.lineage.tracks_of` gives it. Packages that only one tracker needs are imported inside it.
"""
