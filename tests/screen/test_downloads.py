"""Promise: a table that a page offers opens in spreadsheets and in programs, and is the same file in both languages."""

import io

import numpy as np
import pandas as pd
import pytest

from dashboard.views import fits_panel, story_panel
from scenarios.demo import precomputed
from scenarios.demo.precomputed import sample_demo_task
from scenarios.scenario import Scenario


@pytest.fixture
def files(scenario: Scenario) -> dict[str, bytes]:
    _, draw = sample_demo_task(scenario, precomputed.SEED, precomputed.DRAW, 5)
    shown = precomputed.read(scenario.name, precomputed.SEED, precomputed.DRAW, 5)
    offered = (
        fits_panel.files(scenario, draw, shown, None)
        if scenario.regression
        else story_panel.examples_files(scenario, draw, shown)
    )
    return {name: story_panel.bilingual_csv(make) for name, (_, make) in offered.items()}


def test_its_first_line_is_a_heading_in_both_languages_and_its_cells_are_numbers(files: dict[str, bytes]):
    assert len(files) == 2
    for name, content in files.items():
        assert content.startswith(b"\xef\xbb\xbf"), "by which Excel knows that Chinese words are UTF-8"
        table = pd.read_csv(io.BytesIO(content))
        assert len(table) >= 5
        assert not any(str(heading).startswith(("Unnamed", "#", "\ufeff")) for heading in table.columns)
        assert table.select_dtypes(np.number).shape[1] >= 2, name
        if name != "points":  # whose columns have the ids of features
            assert any(" / " in str(heading) and str(heading)[-1] >= "\u4e00" for heading in table.columns), name
        pd.testing.assert_frame_equal(table, pd.read_csv(io.BytesIO(content), comment="#"))
