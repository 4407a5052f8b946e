"""Promise: the example in `scenarios/examples` runs as it stands, and shows what it says."""

from scenarios.examples import maml_sine


def test_maml_on_sine_waves_beats_the_same_steps_from_a_random_initialisation(capsys):
    maml, scratch, bayes = maml_sine.main(meta_steps=200, inner_steps=1, test_tasks=50).values()
    assert bayes < maml < 0.85 * scratch
    assert "95% CI" in capsys.readouterr().out
