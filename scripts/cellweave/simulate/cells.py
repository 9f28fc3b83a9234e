"""A colony of cells that move, grow, push each other and divide.

Cells live in a field that is larger than the camera's, so that they enter and leave it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MARGIN_PX = 48
START_AREA_PX = 520.0
PERSISTENCE = 0.7
MITOSIS_FRAMES = 2
LOBES = 3
WAVES = 7
PUSHES = 8
NEIGHBOUR_SHARE = 0.25


@dataclass(eq=False)
class Cell:
    """One cell from its birth to its division.

    Attributes
    ----------
    centre, velocity : (2,), float64
        y, x [px] and [px/frame].
    angle, elongation : float
        Direction [rad] and logarithm of the ratio of the long axis to the short one.
    lobes : (LOBES, 2), float64
        Cosine and sine parts of the outline's deviation from an ellipse, relative to the radius.
    birth_area, age, lifetime : float
        Area when born [px], frames since birth, frames from birth to division.
    brightness : float
        Relative to other cells.
    texture : (WAVES, 4), float64
        Waves ky, kx [rad per radius], phase and amplitude, fixed to the cell.
    mother : Cell or None
    """

    centre: NDArray[np.float64]
    velocity: NDArray[np.float64]
    angle: float
    elongation: float
    lobes: NDArray[np.float64]
    birth_area: float
    age: float
    lifetime: float
    brightness: float
    texture: NDArray[np.float64]
    mother: "Cell | None" = field(default=None, repr=False)

    @property
    def mitosis(self) -> float:
        """How far mitosis has gone: 0 in interphase, 1 in the frame before the division."""
        return float(np.clip((self.age - self.lifetime + MITOSIS_FRAMES + 1) / MITOSIS_FRAMES, 0, 1))

    @property
    def newborn(self) -> float:
        """1 in the first frame after a division, fading within four frames; 0 for founders."""
        return 0.0 if self.mother is None else float(np.clip(1 - self.age / 4, 0, 1))

    @property
    def area(self) -> float:
        """Area [px]: it doubles between divisions; a cell in mitosis rounds up and covers less."""
        growth = 2 ** min(self.age / self.lifetime, 1.0)
        return self.birth_area * growth * (1 - 0.1 * self.mitosis)

    @property
    def radius(self) -> float:
        """Radius [px] of a disc of the same area."""
        return float(np.sqrt(self.area / np.pi))


class Colony:
    """All cells of a movie.

    Parameters
    ----------
    rng : numpy.random.Generator
    size : int
        Side of the camera's field [px].
    cells : int
        Expected number of cells in it at the start.
    division_interval_frames : float
        Mean lifetime of a cell; lifetimes vary by 15 %.
    speed_px : float
        Root mean square displacement per frame [px] of a cell that is not pushed.
    """

    def __init__(
        self, rng: np.random.Generator, *, size: int, cells: int, division_interval_frames: float, speed_px: float
    ) -> None:
        self._rng, self._size = rng, size
        self._interval, self._speed = division_interval_frames, speed_px
        visible = size + np.sqrt(START_AREA_PX)
        count = max(1, round(cells * ((size + 2 * MARGIN_PX) / visible) ** 2))
        self.cells: list[Cell] = []
        for _ in range(count):
            self.cells.append(self._founder())
        for _ in range(10):
            self._push_apart()

    def step(self) -> None:
        """Go on by one frame: divide, move, push apart, age."""
        self.cells = [child for cell in self.cells for child in self._divided(cell)]
        for cell in self.cells:
            self._move(cell)
        self._push_apart()

    def _founder(self) -> Cell:
        """A cell of random age; a quarter lie beside another one, so that clusters exist from the start."""
        rng = self._rng
        centre = rng.uniform(-MARGIN_PX, self._size + MARGIN_PX, 2)
        if self.cells and rng.random() < NEIGHBOUR_SHARE:
            centre = self.cells[rng.integers(len(self.cells))].centre + rng.normal(0, 20, 2)
        lifetime = self._lifetime()
        return Cell(
            centre=centre,
            velocity=rng.normal(0, self._speed / np.sqrt(2), 2),
            angle=rng.uniform(0, np.pi),
            elongation=rng.uniform(0.1, 0.5),
            lobes=rng.normal(0, 0.03, (LOBES, 2)),
            birth_area=START_AREA_PX * rng.uniform(0.8, 1.2),
            # an exponentially growing population holds more young cells than old ones
            age=lifetime * -np.log2(1 - rng.random() / 2),
            lifetime=lifetime,
            brightness=rng.uniform(0.6, 1.3),
            texture=self._texture(),
        )

    def _lifetime(self) -> float:
        return max(self._interval * self._rng.normal(1, 0.15), 2.0 * MITOSIS_FRAMES + 2)

    def _texture(self) -> NDArray[np.float64]:
        rng = self._rng
        direction, rate = rng.uniform(0, 2 * np.pi, WAVES), rng.uniform(2.5, 8.0, WAVES)
        waves = [rate * np.sin(direction), rate * np.cos(direction), rng.uniform(0, 2 * np.pi, WAVES)]
        return np.stack([*waves, rng.normal(0, 0.09, WAVES)], axis=1)

    def _divided(self, cell: Cell) -> Sequence[Cell]:
        """The cell one frame older, or its two daughters, side by side along its long axis."""
        cell.age += 1
        if cell.age < cell.lifetime:
            return [cell]
        rng = self._rng
        axis = np.array([np.sin(cell.angle), np.cos(cell.angle)])
        share = rng.normal(0.5, 0.025)
        daughters = []
        for part, side in ((share, 1), (1 - share, -1)):
            daughters.append(
                Cell(
                    centre=cell.centre + side * 0.75 * cell.radius * axis,
                    velocity=cell.velocity + side * 1.2 * axis,
                    angle=cell.angle + np.pi / 2,
                    elongation=0.35,
                    lobes=rng.normal(0, 0.015, (LOBES, 2)),
                    birth_area=2 * cell.birth_area * part,
                    age=0.0,
                    lifetime=self._lifetime(),
                    brightness=cell.brightness * rng.uniform(0.92, 1.08),
                    texture=self._texture(),
                    mother=cell,
                )
            )
        return daughters

    def _move(self, cell: Cell) -> None:
        """A persistent random walk; shape drifts; a cell in mitosis stays and becomes round."""
        rng, calm = self._rng, 1 - cell.mitosis
        kick = rng.normal(0, self._speed / np.sqrt(2), 2) * np.sqrt(1 - PERSISTENCE**2)
        cell.velocity = PERSISTENCE * cell.velocity + kick
        cell.centre = cell.centre + calm * cell.velocity
        outside = (cell.centre < -MARGIN_PX) | (cell.centre > self._size + MARGIN_PX)
        cell.velocity = np.where(outside, -cell.velocity, cell.velocity)
        cell.centre = np.clip(cell.centre, -MARGIN_PX, self._size + MARGIN_PX)
        cell.angle += rng.normal(0, 0.08)
        target = 0.3 * calm
        cell.elongation += (
            0.2 * (target - cell.elongation) + rng.normal(0, 0.03) * calm - 0.4 * cell.mitosis * cell.elongation
        )
        cell.lobes = 0.9 * cell.lobes * (1 - 0.6 * cell.mitosis) + rng.normal(0, 0.012, (LOBES, 2)) * calm

    def _push_apart(self) -> None:
        """Move overlapping cells until they touch, as soft discs."""
        radii = np.array([cell.radius for cell in self.cells])
        reach = (radii[:, None] + radii) * 0.95
        centres = np.stack([cell.centre for cell in self.cells])
        for _ in range(PUSHES):
            offset = centres[:, None] - centres
            distance = np.hypot(offset[..., 0], offset[..., 1])
            overlap = np.where(distance > 0, np.maximum(reach - distance, 0), 0)
            push = overlap / np.maximum(distance, 1e-9) / 2 * 0.5
            centres = centres + (push[..., None] * offset).sum(axis=1)
        for cell, centre in zip(self.cells, centres, strict=True):
            cell.centre = centre
