"""Training: datasets, targets, augmentation, networks, losses, the LightningModule, the pixel forest."""
