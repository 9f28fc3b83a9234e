import pytest
import torch
import torch.nn.functional as F

from cellweave.learn.losses import dice_loss, foreground_overlap, training_loss
from cellweave.learn.representations import DISTANCES, Flows, Representation, Semantic

HEADS = pytest.mark.parametrize(
    ("made", "weighted"), [(DISTANCES, False), (DISTANCES, True), (Flows(), False), (Semantic(4, 3), False)], ids=repr
)


def batch(made: Representation = DISTANCES, weighted: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(2, made.classes + made.values, 8, 8, generator=generator, requires_grad=True)
    classes = torch.randint(0, made.classes, (2, 1, 8, 8), generator=generator).float()
    return outputs, torch.cat([classes, torch.rand(2, made.values + weighted, 8, 8, generator=generator)], dim=1)


@HEADS
def test_gradient_is_exactly_zero_where_nothing_is_known_and_nowhere_else(made, weighted) -> None:
    outputs, targets = batch(made, weighted)
    targets[:, 0, :3] = -1
    training_loss(outputs, targets, made).backward()
    assert (outputs.grad[:, :, :3] == 0).all()
    assert (outputs.grad[:, :, 3:] != 0).any(dim=1).all()


@HEADS
def test_what_is_predicted_on_unknown_pixels_does_not_matter(made, weighted) -> None:
    outputs, targets = batch(made, weighted)
    targets[:, 0, :3] = -1
    other = outputs.detach().clone()
    other[:, :, :3] = torch.randn(2, outputs.shape[1], 3, 8) * 100
    assert training_loss(outputs, targets, made) == training_loss(other, targets, made)


@HEADS
def test_a_dense_mask_gives_the_loss_without_a_mask_bit_by_bit(made, weighted) -> None:
    outputs, targets = batch(made, weighted)
    classes, count = targets[:, 0].long(), made.classes
    entropy = F.cross_entropy(outputs[:, :count], classes, reduction="none")
    dense = (entropy * targets[:, -1] if weighted else entropy).mean()
    foreground, truth = 1 - outputs[:, :count].softmax(dim=1)[:, 0], (classes > 0).float()
    dense = dense + 1 - (2 * (foreground * truth).sum() + 1) / (foreground.sum() + truth.sum() + 1)
    if made.values:
        wanted = targets[:, 1 : 1 + made.values]
        values = F.smooth_l1_loss(outputs[:, count:], wanted, reduction="none", beta=0.1)
        dense = dense + 5 * values.sum(dim=1).mean()
    assert training_loss(outputs, targets, made) == dense


def test_nothing_known_is_no_loss_and_no_gradient() -> None:
    outputs, targets = batch()
    targets[:, 0] = -1
    loss = training_loss(outputs, targets, DISTANCES)
    loss.backward()
    assert loss == 0 and not outputs.grad.any()


def test_dice_and_overlap_by_hand() -> None:
    known = torch.tensor([True, True, True, False])
    probability, truth = torch.tensor([1.0, 1.0, 0.0, 1.0]), torch.tensor([1.0, 0.0, 0.0, 0.0])
    assert torch.isclose(dice_loss(probability, truth, known), torch.tensor(1 - 3 / 4))
    outputs = torch.zeros(1, 5, 1, 4)
    outputs[0, 2, 0, [0, 1, 3]] = 5
    targets = torch.tensor([1.0, 0.0, 2.0, -1.0]).reshape(1, 1, 1, 4)
    assert [int(value) for value in foreground_overlap(outputs, targets, 3)] == [1, 3]
