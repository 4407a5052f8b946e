"""Promise: the examples in `scenarios/examples` run as they stand, and show what they say."""

import pytest

from scenarios.examples import maml_sine, many_lines, one_line


def test_maml_on_sine_waves_beats_the_same_steps_from_a_random_initialisation(capsys):
    maml, scratch, bayes = maml_sine.main(meta_steps=200, inner_steps=1, test_tasks=50).values()
    assert bayes < maml < 0.85 * scratch
    assert "95% CI" in capsys.readouterr().out


def test_the_articles_example_learns_one_line_whose_intercept_has_the_noises_mean():
    assert one_line.main(steps=150) == pytest.approx((2, 1.5), abs=0.3)


def test_meta_learning_lines_makes_one_step_on_five_points_better():
    before, after = many_lines.main(meta_steps=40)
    assert after < 0.1 * before
