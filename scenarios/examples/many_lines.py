"""Meta-learning: an initialisation and two learning rates from which one step on five points fits a new line."""

import tensorflow as tf

POINTS, TASKS = 5, 64  # in a support set; in a step of the outer loop


def lines(seed: int, points: int = 2 * POINTS) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw tasks, each a line of its own: x (TASKS, points), y likewise."""
    rng = tf.random.Generator.from_seed(seed)
    slope, intercept = rng.normal([TASKS, 1], 2.0, 0.5), rng.normal([TASKS, 1], 1.0, 0.5)
    x = rng.uniform([TASKS, points])
    return x, slope * x + intercept + rng.normal([TASKS, points], 0.0, 0.1)


def error(weights: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Return each task's mean squared error; weights (TASKS, 2), a slope and an intercept."""
    return tf.reduce_mean((weights[:, :1] * x + weights[:, 1:] - y) ** 2, axis=1)


def query_loss(start: tf.Tensor, rates: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Return the mean error on query points after one inner step on support points."""
    weights = tf.tile(start[None], [TASKS, 1])
    with tf.GradientTape() as inner:
        inner.watch(weights)
        support = tf.reduce_sum(error(weights, x[:, :POINTS], y[:, :POINTS]))
    adapted = weights - rates * inner.gradient(support, weights)  # the inner loop
    return tf.reduce_mean(error(adapted, x[:, POINTS:], y[:, POINTS:]))


def main(meta_steps: int = 500, meta_rate: float = 0.1, seed: int = 0) -> tuple[float, float]:
    """Meta-train. Returns the query loss on new tasks, before and after."""
    start, rates = tf.Variable([0.0, 0.0]), tf.Variable([0.1, 0.1])
    test = lines(seed + 1_000_000)
    before = float(query_loss(start, rates, *test))
    for step in range(meta_steps):
        with tf.GradientTape() as outer:
            loss = query_loss(start, rates, *lines(seed + step))
        for learned, gradient in zip((start, rates), outer.gradient(loss, (start, rates)), strict=True):
            learned.assign_sub(meta_rate * gradient)  # the outer loop
    return before, float(query_loss(start, rates, *test))


if __name__ == "__main__":
    print("query loss on new lines: {:.3f} before, {:.3f} after meta-training".format(*main()))
