"""A learning rate from a short trial with a rising one (Smith 2017, arXiv:1506.01186, section 3.3)."""

import copy
import logging
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from cellweave.learn.losses import training_loss
from cellweave.learn.networks import Network

logger = logging.getLogger(__name__)

LEAST, MOST = 1e-5, 1.0
SMOOTHING = 0.7
MARGIN = 10.0
"""Where the loss is least, it is about to blow up; a tenth of that rate is usual for the highest of one cycle."""
DIVERGED = 3.0
"""The trial ends where the smoothed loss is this many times its least value."""


def find_rate(network: Network, batches: Iterable[tuple[Tensor, Tensor]], steps: int, device: torch.device) -> float:
    """Return a tenth of the rate at which the loss of a copy of `network` is least, while the rate rises exponentially.

    Parameters
    ----------
    network : Network
        Stays as it is.
    batches : iterable of (Tensor, Tensor)
        Images and targets, one for each step.
    steps : int
        Of the trial; fewer where the loss blows up.
    device : torch.device
        Where to try.
    """
    tried = copy.deepcopy(network).to(device).train()
    optimizer = torch.optim.AdamW(tried.parameters(), lr=LEAST)
    rates = np.geomspace(LEAST, MOST, steps)
    losses: list[float] = []
    mean = 0.0
    for rate, (images, targets) in zip(rates, batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = float(rate)
        loss = training_loss(tried(images.to(device)), targets.to(device), tried.representation)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean = SMOOTHING * mean + (1 - SMOOTHING) * float(loss.detach())
        losses.append(mean / (1 - SMOOTHING ** (len(losses) + 1)))
        if not np.isfinite(losses[-1]) or losses[-1] > DIVERGED * min(losses):
            break
    found = float(rates[int(np.nanargmin(losses))]) / MARGIN
    logger.info("learning rate %.2g, found in a trial of %d steps", found, len(losses))
    return found
