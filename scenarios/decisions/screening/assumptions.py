"""The figure that the measures of screening assume, and its panel states."""

SPECIFICITY = 0.9
