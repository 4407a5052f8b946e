"""The figures that the measures of alarms assume, and their panel states."""

STYLE_MIX = (0.35, 0.50, 0.15)  # of what is driven; the last is what alarms are for
WINDOWS_PER_HOUR = 450  # of eight seconds, one after the other
BUDGETS = (6, 12, 24)  # false alarms per hour; with 200 windows a driver, a single one counts as 2.4 or 3.4
