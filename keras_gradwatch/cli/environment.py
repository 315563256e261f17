"""`gradwatch --version`: the lines that a bug report needs."""

import argparse
import platform
from importlib import metadata

import keras_gradwatch


class Version(argparse.Action):
    """Prints the versions; Keras is imported only then, as its backend is known no sooner."""

    def __init__(self, option_strings, dest, **kwargs):
        super().__init__(option_strings, dest, nargs=0, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        print(environment())
        parser.exit()


def environment() -> str:
    """Returns the versions of the package, Keras, its backend, Python and the platform."""
    import keras

    backend = keras.config.backend()
    lines = [
        ("keras_gradwatch", keras_gradwatch.__version__),
        ("keras", keras.__version__),
        ("backend", f"{backend} {_version(backend)}"),
        ("python", platform.python_version()),
        ("platform", platform.platform()),
    ]
    return "\n".join(f"{name:<16} {value}" for name, value in lines)


def _version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # A build of another name, such as tensorflow-cpu.
        return "of unknown version"
