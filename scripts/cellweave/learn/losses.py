"""Losses that see known pixels only: the gradient on an unknown pixel is exactly zero."""

import torch
import torch.nn.functional as F
from torch import Tensor

from cellweave.learn.representations import Representation

VALUE_WEIGHT = 5.0  # distances and flows differ by tenths where cross entropies differ by units


def training_loss(outputs: Tensor, targets: Tensor, representation: Representation) -> Tensor:
    """Return the sum of cross entropy, Dice loss of the foreground and smooth L1 of the representation's values.

    Parameters
    ----------
    outputs : Tensor
        ``(B, classes + values, Y, X)`` of a `Network`.
    targets : Tensor
        ``(B, 1 + values, Y, X)`` of `training_targets`: class (-1 = ignore) and values; a last channel, where there is
        one more, is the weight of each pixel's cross entropy.
    representation : Representation
        Of the network.
    """
    outputs, count = outputs.float(), representation.classes
    known = targets[:, 0] >= 0
    classes = targets[:, 0].clamp(min=0).long()
    entropy = F.cross_entropy(outputs[:, :count], classes, reduction="none")
    if targets.shape[1] > 1 + representation.values:
        entropy = entropy * targets[:, -1]
    foreground = 1 - outputs[:, :count].softmax(dim=1)[:, 0]
    loss = masked_mean(entropy, known) + dice_loss(foreground, (classes > 0).float(), known)
    if representation.values:
        wanted = targets[:, 1 : 1 + representation.values]
        difference = F.smooth_l1_loss(outputs[:, count:], wanted, reduction="none", beta=0.1)
        loss = loss + VALUE_WEIGHT * masked_mean(difference.sum(dim=1), known)
    return loss


def masked_mean(values: Tensor, known: Tensor) -> Tensor:
    """Return the mean of `values` where `known`; 0 where nothing is known, equal to ``values.mean()`` where all is."""
    return torch.where(known, values, 0).sum() / known.sum().clamp(min=1)


def dice_loss(probability: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Return 1 minus the soft Dice coefficient over the known pixels (Milletari et al. 2016, eq. of section 3)."""
    probability = torch.where(known, probability, 0)
    truth = torch.where(known, truth, 0)
    overlap = (probability * truth).sum()
    return 1 - (2 * overlap + 1) / (probability.sum() + truth.sum() + 1)


def foreground_overlap(outputs: Tensor, targets: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Return intersection and union, in known pixels, of predicted and true foreground."""
    known = targets[:, 0] >= 0
    predicted = (outputs[:, :classes].argmax(dim=1) > 0) & known
    true = targets[:, 0] > 0
    return (predicted & true).sum(), (predicted | true).sum()
