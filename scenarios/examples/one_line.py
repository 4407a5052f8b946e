"""Ordinary learning: one line, y = 2x + 1 + noise, from a hundred points."""

import numpy as np
import tensorflow as tf


def main(steps: int = 300, rate: float = 0.5, seed: int = 1) -> tuple[float, float]:
    """Fit the line and return its slope and intercept."""
    rng = np.random.default_rng(seed)
    x = rng.random((100, 1))
    y = 2 * x + 1 + rng.random((100, 1))  # noise of mean 1/2
    x, y = x.astype(np.float32), y.astype(np.float32)  # as the weights are: TensorFlow mixes no types

    slope, intercept = tf.Variable([[0.0]]), tf.Variable([0.0])
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((tf.matmul(x, slope) + intercept - y) ** 2)
        for weight, gradient in zip((slope, intercept), tape.gradient(loss, (slope, intercept)), strict=True):
            weight.assign_sub(rate * gradient)
    return float(slope[0, 0]), float(intercept[0])


if __name__ == "__main__":
    print("slope {:.2f}, intercept {:.2f}".format(*main()))
