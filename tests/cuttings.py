"""Cuttings of a plane, and labelling by them: the result must be that of the whole plane, name by name."""

import numpy as np
import pandas as pd

from cellweave.segment.instances import Rule, label_rows

# (tile, margin, rows of a band): squares, one-pixel remainders, one-row bands, a crop of one pixel around one pixel.
CUTTINGS = [
    (64, 1, 200),
    (64, 16, 200),
    (50, 3, 200),
    (33, 1, 50),
    (31, 8, 97),
    (98, 2, 98),
    (20, 1, 17),
    (200, 1, 1),
    (200, 4, 13),
    (16, 2, 200),
    (64, 5, 24),
    (17, 3, 31),
    (40, 64, 64),
]


def label(maps, rule=None, tile=1000, margin=1, rows=1000):
    """Label all bands of a plane; return names and table."""
    shape = maps.shape[1:]
    names, tables = np.full(shape, -1), []
    for y0 in range(0, shape[0], rows):
        y1 = min(y0 + rows, shape[0])
        bands = label_rows(
            lambda t: maps[:, t.y0 : t.y1, t.x0 : t.x1], y0, y1, shape, rule or Rule(), tile=tile, margin=margin
        )
        for part, found, table in bands:
            names[part.y0 : part.y1, part.x0 : part.x1] = found
            tables.append(table)
    return names, pd.concat(tables).sort_values("name", ignore_index=True)


def assert_same(maps, whole, **cutting):
    names, table = label(maps, **cutting)
    np.testing.assert_array_equal(names, whole[0])
    pd.testing.assert_frame_equal(table, whole[1], check_exact=True)
