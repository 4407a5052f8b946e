"""Environment variables for TensorFlow, set by every process before it imports TensorFlow, with the reasons."""

import os

SETTINGS = {
    "TF_CPP_MIN_LOG_LEVEL": "3",  # no start-up messages
    "TF_ENABLE_ONEDNN_OPTS": "0",  # the same last digits on every machine
    # Nothing here uses Keras, whose import takes a third of TensorFlow's. Told to use the older one, which is not
    # installed, TensorFlow goes on without.
    "TF_USE_LEGACY_KERAS": "1",
    # It creates a temporary folder that it never uses, which fails on a read-only disk.
    "TEST_TMPDIR": os.environ.get("TEST_TMPDIR") or os.devnull,
}


def settle() -> None:
    """Set the variables that the environment leaves unset."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
