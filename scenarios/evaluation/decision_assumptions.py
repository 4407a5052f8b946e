"""What is at stake in each kind of decision: the figures that its measures assume, and its page states."""

# screening
SPECIFICITY = 0.9

# lending
APPROVALS = tuple(share / 20 for share in range(2, 21))  # shares of the applicants that are approved, safest first
MARGIN, LOSS_GIVEN_DEFAULT = 0.08, 0.60  # of the amount lent: earned where it is repaid, lost where it is not
CUT_OFF = MARGIN / (MARGIN + LOSS_GIVEN_DEFAULT)  # lend below this probability of default, and profit is expected

# alarms
STYLE_MIX = (0.35, 0.50, 0.15)  # of what is driven; the last is what alarms are for
WINDOWS_PER_HOUR = 450  # of eight seconds, one after the other
BUDGETS = (6, 12, 24)  # false alarms per hour; with 200 windows a driver, a single one counts as 2.4 or 3.4
