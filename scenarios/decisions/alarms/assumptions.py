"""The figures that the measures of alarms assume, and their panel states."""

STYLE_MIX = (0.35, 0.50, 0.15)  # shares of driving by style; alarms are for the last
WINDOWS_PER_HOUR = 450  # of eight seconds, one after the other
TRIP_MINUTES = (5, 15, 30, 60)
TRIP_SHARE, WORSE_TRIP_SHARES = 0.08, (0.13, 0.18)  # aggressive windows in a trip, and in the worse one of a pair
BUDGETS = (6, 12, 24)  # false alarms per hour; with 200 windows a driver, a single one counts as 2.4 or 3.4
# Shares in a drive that an engineer may choose, in per cent; what neither is, is normal.
AGGRESSIVE_SHARES, CALM_SHARES = (1, 2, 5, 8, 10, 15, 20, 30), (10, 20, 30, 35, 40, 50, 60)
