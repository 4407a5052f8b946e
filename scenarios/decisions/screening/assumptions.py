"""The figures that the measures of screening assume, and its panel states."""

SPECIFICITY = 0.9
FAR_OFF = 0.85  # a specificity below this counts as missed
