import torch
import torch.nn.functional as F

from cellweave.learn.losses import dice_loss, foreground_overlap, masked_mean, training_loss


def batch(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    outputs = torch.randn(2, 5, 8, 8, generator=generator, requires_grad=True)
    classes = torch.randint(0, 3, (2, 1, 8, 8), generator=generator).float()
    return outputs, torch.cat([classes, torch.rand(2, 2, 8, 8, generator=generator)], dim=1)


def test_gradient_is_exactly_zero_where_nothing_is_known() -> None:
    outputs, targets = batch()
    targets[:, 0, :3] = -1
    training_loss(outputs, targets).backward()
    assert (outputs.grad[:, :, :3] == 0).all()
    assert (outputs.grad[:, :, 3:] != 0).any(dim=1).all()


def test_what_is_predicted_on_unknown_pixels_does_not_matter() -> None:
    outputs, targets = batch()
    targets[:, 0, :3] = -1
    other = outputs.detach().clone()
    other[:, :, :3] = torch.randn(2, 5, 3, 8) * 100
    assert training_loss(outputs, targets) == training_loss(other, targets)


def test_a_full_mask_gives_the_dense_loss_bit_by_bit() -> None:
    outputs, targets = batch()
    classes = targets[:, 0].long()
    dense = F.cross_entropy(outputs[:, :3], classes)
    masked = masked_mean(F.cross_entropy(outputs[:, :3], classes, reduction="none"), classes >= 0)
    assert masked == F.cross_entropy(outputs[:, :3], classes, reduction="none").mean()
    torch.testing.assert_close(masked, dense)


def test_nothing_known_is_no_loss_and_no_gradient() -> None:
    outputs, targets = batch()
    targets[:, 0] = -1
    loss = training_loss(outputs, targets)
    loss.backward()
    assert loss == 0 and not outputs.grad.any()


def test_dice_and_overlap_by_hand() -> None:
    known = torch.tensor([True, True, True, False])
    probability, truth = torch.tensor([1.0, 1.0, 0.0, 1.0]), torch.tensor([1.0, 0.0, 0.0, 0.0])
    assert torch.isclose(dice_loss(probability, truth, known), torch.tensor(1 - 3 / 4))
    outputs = torch.zeros(1, 5, 1, 4)
    outputs[0, 2, 0, [0, 1, 3]] = 5
    targets = torch.tensor([1.0, 0.0, 2.0, -1.0]).reshape(1, 1, 1, 4)
    assert [int(value) for value in foreground_overlap(outputs, targets)] == [1, 3]
