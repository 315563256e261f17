"""What one writes with PyTorch to see gradients during `fit`."""

import torch


def hooks(model, batch, directory):
    """A hook on each parameter that counts a histogram of its gradient, as `wandb.watch` has."""

    def hook(gradient):
        torch.histc(gradient.float(), bins=64).cpu()

    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.register_hook(hook)
    return []


ROWS = {"a hook on each parameter": hooks}
