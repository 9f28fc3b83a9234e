"""Losses that see known pixels only: the gradient on an unknown pixel is exactly zero."""

import torch
import torch.nn.functional as F
from torch import Tensor

from cellweave.learn.networks import CLASSES

DISTANCE_WEIGHT = 5.0  # distances differ by tenths where cross entropies differ by units


def training_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the sum of cross entropy, Dice loss of the foreground and smooth L1 of both distances.

    Parameters
    ----------
    outputs : Tensor
        ``(B, 5, Y, X)`` of a `Network`.
    targets : Tensor
        ``(B, 3, Y, X)`` of `training_targets`: class (-1 = ignore), cell and neighbour distance.
    """
    outputs = outputs.float()
    known = targets[:, 0] >= 0
    classes = targets[:, 0].clamp(min=0).long()
    entropy = masked_mean(F.cross_entropy(outputs[:, :CLASSES], classes, reduction="none"), known)
    foreground = 1 - outputs[:, :CLASSES].softmax(dim=1)[:, 0]
    dice = dice_loss(foreground, (classes > 0).float(), known)
    distance = F.smooth_l1_loss(outputs[:, CLASSES:], targets[:, 1:], reduction="none", beta=0.1)
    return entropy + dice + DISTANCE_WEIGHT * masked_mean(distance.sum(dim=1), known)


def masked_mean(values: Tensor, known: Tensor) -> Tensor:
    """Return the mean of `values` where `known`; 0 where nothing is known, equal to ``values.mean()`` where all is."""
    return torch.where(known, values, 0).sum() / known.sum().clamp(min=1)


def dice_loss(probability: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Return 1 minus the soft Dice coefficient over the known pixels (Milletari et al. 2016, eq. of section 3)."""
    probability = torch.where(known, probability, 0)
    truth = torch.where(known, truth, 0)
    overlap = (probability * truth).sum()
    return 1 - (2 * overlap + 1) / (probability.sum() + truth.sum() + 1)


def foreground_overlap(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return intersection and union, in known pixels, of predicted and true foreground."""
    known = targets[:, 0] >= 0
    predicted = (outputs[:, :CLASSES].argmax(dim=1) > 0) & known
    true = targets[:, 0] > 0
    return (predicted & true).sum(), (predicted | true).sum()
