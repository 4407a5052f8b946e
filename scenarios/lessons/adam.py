"""The article's model as TensorFlow trains it: a slope and an intercept, mean squared error, Adam."""

import numpy as np
import tensorflow as tf

from scenarios.lessons.first_example import (
    FirstExample,
    draw_points,
    expected_loss,
    least_squares,
    random_start,
)

STEPS, RATE = 300, 0.1


def run(seed: int, points: int, centred: bool, steps: int = STEPS, rate: float = RATE) -> FirstExample:
    """Draw the points, train the model on them, and keep every step."""
    x, y = draw_points(seed, points, centred)
    start = tf.constant(random_start(seed), tf.float32)
    x32, y32 = tf.constant(x, tf.float32), tf.constant(y, tf.float32)
    weights, losses = train(start, x32, y32, tf.constant(steps), tf.constant(rate, tf.float32))
    slope, intercept = weights.numpy().astype(np.float64).T
    return FirstExample(
        x=x,
        y=y,
        slope=slope,
        intercept=intercept,
        loss=losses.numpy().astype(np.float64),
        expected=expected_loss(slope, intercept, centred),
        least_squares=least_squares(x, y),
    )


@tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
def train(
    start: tf.Tensor, x: tf.Tensor, y: tf.Tensor, steps: tf.Tensor, rate: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Adam with the usual decay rates (Kingma and Ba 2015), from `start` (2,).

    Returns slope and intercept (steps + 1, 2) and the loss (steps + 1,), before the first step and after each one.
    """
    walk = tf.TensorArray(tf.float32, steps + 1, element_shape=(2,))
    losses = tf.TensorArray(tf.float32, steps + 1, element_shape=())

    def step(
        t: tf.Tensor, w: tf.Tensor, m: tf.Tensor, v: tf.Tensor, walk: tf.TensorArray, losses: tf.TensorArray
    ) -> tuple[tf.Tensor | tf.TensorArray, ...]:
        with tf.GradientTape() as tape:
            tape.watch(w)
            loss = tf.reduce_mean((w[0] * x + w[1] - y) ** 2)
        gradient = tape.gradient(loss, w)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        n = tf.cast(t + 1, tf.float32)
        moved = w - rate * (m / (1 - 0.9**n)) / (tf.sqrt(v / (1 - 0.999**n)) + 1e-8)
        return t + 1, moved, m, v, walk.write(t, w), losses.write(t, loss)

    zero = tf.zeros_like(start)
    *_, walk, losses = tf.while_loop(lambda t, *_: t <= steps, step, (tf.constant(0), start, zero, zero, walk, losses))
    return walk.stack(), losses.stack()
