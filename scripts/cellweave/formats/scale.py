"""Physical sizes, and the units that files give them in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

UNIT_UM = {
    **dict.fromkeys(("µm", "μm", "um", "micron", "microns", "micrometer", "\\u00B5m"), 1.0),
    **dict.fromkeys(("nm", "nanometer"), 1e-3),
    **dict.fromkeys(("mm", "millimeter"), 1e3),
}
UNIT_MIN = {
    **dict.fromkeys(("ms", "msec", "millisecond"), 1 / 60000),
    **dict.fromkeys(("s", "sec", "second"), 1 / 60),
    **dict.fromkeys(("min", "minute"), 1.0),
    **dict.fromkeys(("h", "hour"), 60.0),
}


@dataclass(frozen=True)
class Scale:
    """Physical size of a pixel, of a slice and of a frame interval; None where it is not known."""

    pixel_um: float | None = None
    z_um: float | None = None
    frame_min: float | None = None

    def steps(self, axes: str) -> list[float | None]:
        """Return the step along each of `axes` (letters of ``tczyx``), None where it is not known."""
        by_axis = {"t": self.frame_min, "z": self.z_um, "y": self.pixel_um, "x": self.pixel_um}
        return [by_axis.get(axis) for axis in axes]


UNKNOWN = Scale()


def step_of(value: object, unit: object, units: Mapping[str, float]) -> float | None:
    """Return a length or interval of a file's metadata in our unit, None unless it is a positive number."""
    try:
        step = float(value) * units[str(unit)]
    except (TypeError, ValueError, OverflowError, KeyError):
        return None
    return step if 0 < step < math.inf else None
