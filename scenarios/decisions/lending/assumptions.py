"""The figures that the measures of lending assume, and its panel states."""

APPROVALS = tuple(share / 20 for share in range(2, 21))  # shares of the applicants that are approved, safest first
APPROVAL_CHOICES = (0.5, 0.6, 0.7, 0.8, 0.9)  # approval rates for which cut-offs of other tasks are evaluated too
FAR_OFF = 0.1  # a larger difference from the planned approval rate counts as missed
MARGIN, LOSS_GIVEN_DEFAULT = 0.08, 0.60  # shares of the amount lent: earned on goods, lost on bads
CUT_OFF = MARGIN / (MARGIN + LOSS_GIVEN_DEFAULT)  # lend below this probability of default, and profit is expected
DEFAULT_RATES = (3, 5, 8, 10, 12, 15, 20, 30)  # per cent of a segment's applicants
# What a lender may choose instead, in per cent of the amount lent. For scale: Basel III's floors of banks' own
# estimates are 5% for retail mortgages, 50% for qualifying revolving retail (credit cards) and 30% for other
# unsecured retail (Basel Committee 2017, d424, LGD floors of retail exposures).
MARGINS, LOSSES_GIVEN_DEFAULT = (2, 4, 6, 8, 10, 12, 16), (20, 30, 40, 50, 60, 70, 80, 90)
