"""Who applies: thirteen characteristics of a home-equity application, in units, with published marginals.

An application is a Gaussian copula, g ~ N(m q, R), and one monotone marginal per characteristic. Four factors make R:
thick and clean file, indebtedness, appetite for credit, wealth. q is the first of them, so that the portfolio mix m
moves a whole segment between subprime (m < 0) and prime (m > 0), as anyone can see in applications without outcomes.

The lender's own conditions hold for every row: a home with a first mortgage and at least one revolving line, hence two
open trades or more; a credit file of two years; 1 000 USD of gross income a month; a loan of 10 000 USD at least and
of two years' income at most; no more debt than the home is worth. Counts agree with one another: see `_consistent`.

Left out on purpose: age, sex, marital status, postcode, dependants. They are prohibited or sensitive bases.

Sources. GMSC: Kaggle "Give Me Some Credit", 150 000 borrowers: utilisation (quartiles 3 / 15 / 56%), monthly income
(3 400 / 5 400 / 8 249 USD), open trades (5 / 8 / 11). HMEQ: SAS home-equity loans, 5 960 rows: debt-to-income (mean
33.8, SD 8.6), delinquent credit lines (78% zero), major derogatory reports (86% zero), age of the oldest trade (115 /
173 / 232 months), recent inquiries (46% zero), years on job (3 / 7 / 13). Bureau score: a mean of 715 in the United
States in 2024. Loan to income: Serrano-Cinca et al. 2015, PLoS ONE 10(10):e0139427. The spread of the score, new
trades, combined loan-to-value, the amounts of loans and all correlations are assumptions of ours.
"""

from math import erf, sqrt

import numpy as np

from scenarios.scenario import Feature
from scenarios.task import Array
from scenarios.text import Text

FEATURES = (
    Feature("bureau_score", Text("Bureau score", "征信评分"), Text("points", "分"), direction=-1),
    Feature("utilisation", Text("Revolving utilisation", "循环额度使用率"), Text("%", "%"), direction=1),
    Feature("dti", Text("Debt-to-income (DTI)", "债务收入比（DTI）"), Text("%", "%"), direction=1),
    Feature("income", Text("Gross monthly income", "税前月收入"), Text("USD", "美元"), direction=-1),
    Feature("delinquencies", Text("Delinquent credit lines", "有逾期的信贷账户数"), Text("count", "个"), direction=1),
    Feature("derogatory", Text("Major derogatory reports", "重大不良记录"), Text("count", "条"), direction=1),
    Feature("oldest_trade", Text("Age of oldest trade", "最早信贷账户账龄"), Text("months", "个月"), direction=-1),
    Feature("open_trades", Text("Open trades", "未结清信贷账户数"), Text("count", "个")),
    Feature("inquiries", Text("Recent credit inquiries", "近期征信查询次数"), Text("count", "次"), direction=1),
    Feature("new_trades", Text("Trades opened, last 12 m", "近 12 个月新开账户数"), Text("count", "个"), direction=1),
    Feature("job_years", Text("Time on job", "现职工作年限"), Text("years", "年"), decimals=1, direction=-1),
    Feature("cltv", Text("Combined LTV (CLTV)", "综合贷款价值比（CLTV）"), Text("%", "%"), direction=1),
    Feature("loan_to_income", Text("Loan to annual income", "贷款金额与年收入之比"), Text("%", "%"), direction=1),
)
COLUMN = {feature.name: column for column, feature in enumerate(FEATURES)}

# The share of applicants with exactly 0, 1, 2, .. of what is counted; the rest have one more.
_COUNTS = {
    "delinquencies": (0.78, 0.12, 0.05, 0.025, 0.012),
    "derogatory": (0.86, 0.085, 0.03, 0.015),
    "inquiries": (0.50, 0.23, 0.13, 0.065, 0.035, 0.02),  # before `_consistent`, which uses some of them
    "new_trades": (0.35, 0.27, 0.18, 0.10, 0.05, 0.03),
}
_MOST = {name: len(shares) for name, shares in _COUNTS.items()}
LEAST_TRADES, LEAST_FILE, LEAST_INCOME, LEAST_LOAN = 2, 24.0, 1_000.0, 10_000.0  # count, months, USD a month, USD
# Share of the range above the smallest loan within which there is none; one from elsewhere, such as a stand-in for a
# missing value that is too small for its row's income, is read as this, or it would lie eleven deviations out.
_NEAREST_LOAN = 0.001
_MONTHS_PER_TRADE = 4.0  # fewest months per trade of a file older than a year
# Limits of an application form, in units; values of other files are clipped to them.
_PLAUSIBLE = {
    "bureau_score": (300, 850),
    "utilisation": (0, 100),
    "dti": (2, 75),
    "income": (LEAST_INCOME, 150_000),
    "delinquencies": (0, _MOST["delinquencies"]),
    "derogatory": (0, _MOST["derogatory"]),
    "oldest_trade": (LEAST_FILE, 720),
    "open_trades": (LEAST_TRADES, 60),
    "inquiries": (0, _MOST["inquiries"]),
    "new_trades": (0, _MOST["new_trades"]),
    "job_years": (0, 45),
    "cltv": (30, 100),
    "loan_to_income": (0, 200),
}
_LOWEST, _HIGHEST = np.array([_PLAUSIBLE[feature.name] for feature in FEATURES], np.float32).T
# Centre and spread of g's image: of the log odds within the bounds, of what the root or the logarithm is taken of, or
# of the value itself. Of counts: of the logarithm of one more.
_STANDARD = {
    "bureau_score": (1.12, 0.85),
    "utilisation": (-1.70, 2.70),
    "dti": (34.5, 8.0),
    "income": (np.log(4_380), 0.75),
    "delinquencies": (0.24, 0.46),
    "derogatory": (0.14, 0.36),
    "oldest_trade": (12.2, 3.45),
    "open_trades": (2.83, 0.80),
    "inquiries": (0.60, 0.58),
    "new_trades": (0.72, 0.55),
    "job_years": (-1.69, 1.20),
    "cltv": (0.92, 0.93),
    "loan_to_income": (-1.94, 1.0),
}
_CENTRE, _SPREAD = np.array([_STANDARD[feature.name] for feature in FEATURES], np.float32).T
# Mean and deviation of those scores among labelled accounts, half of which are bad. To two decimals, what this prints:
# rng = np.random.default_rng(0); x = sample_tasks(rng, 4_000).support(rng, 5).x.reshape(-1, 13)
# print(standard(x).mean(0), standard(x).std(0))
_LABELLED_CENTRE = np.array(
    [-0.32, 0.30, 0.21, -0.22, 0.17, 0.20, -0.23, 0.06, 0.11, 0.08, -0.11, 0.20, 0.20], np.float32
)
_LABELLED_SPREAD = np.array([1.14, 1.09, 1.09, 1.07, 1.12, 1.20, 1.11, 1.06, 1.06, 1.11, 1.04, 1.06, 1.06], np.float32)
_BOUNDED = [COLUMN[name] for name in ("bureau_score", "utilisation", "job_years", "cltv")]
_ROOT = [COLUMN[name] for name in ("oldest_trade", "open_trades")]
_LOG_COUNT = [COLUMN[name] for name in _COUNTS]
CONTINUOUS = [column for name, column in COLUMN.items() if name not in (*_COUNTS, "open_trades")]
_AGE, _TRADES, _INCOME, _LOAN = (COLUMN[name] for name in ("oldest_trade", "open_trades", "income", "loan_to_income"))


def _direction(**loadings: float) -> Array:
    vector = np.zeros(len(FEATURES))
    for name, loading in loadings.items():
        vector[COLUMN[name]] = loading
    return vector


_LOADINGS = np.stack(
    [
        # thick, clean file
        _direction(
            bureau_score=0.75, utilisation=-0.45, delinquencies=-0.55, derogatory=-0.55, oldest_trade=0.60,
            open_trades=0.45, inquiries=-0.15, job_years=0.40, income=0.30, cltv=-0.20,
        ),
        # indebtedness
        _direction(
            bureau_score=-0.30, utilisation=0.50, dti=0.65, loan_to_income=0.50, income=-0.35, open_trades=0.35,
            cltv=0.30, delinquencies=0.15,
        ),
        # appetite for credit
        _direction(
            bureau_score=-0.25, inquiries=0.65, new_trades=0.70, open_trades=0.45, oldest_trade=-0.25,
            loan_to_income=0.15, utilisation=0.20, derogatory=0.10,
        ),
        # wealth
        _direction(income=0.55, cltv=-0.45, loan_to_income=-0.20, job_years=0.20, oldest_trade=0.25),
    ],
    axis=1,
)  # fmt: skip
_OWN = np.maximum(1 - (_LOADINGS**2).sum(1), 0.10)  # variance that no factor explains
_DEVIATION = np.sqrt((_LOADINGS**2).sum(1) + _OWN)
CORRELATION = (_LOADINGS @ _LOADINGS.T + np.diag(_OWN)) / np.outer(_DEVIATION, _DEVIATION)  # R (13, 13)
MIX_DIRECTION = _LOADINGS[:, 0] / _DEVIATION  # q (13,), subprime to prime
_HALF = np.linalg.cholesky(CORRELATION).T.astype(np.float32)

# The normal distribution function on a grid fine enough for 1e-6: NumPy has none.
_GRID = np.linspace(-6, 6, 12_001)
_BELOW = np.array([0.5 * (1 + erf(g / sqrt(2))) for g in _GRID])
_STEPS = {
    COLUMN[name]: np.interp(np.cumsum(shares), _BELOW, _GRID).astype(np.float32) for name, shares in _COUNTS.items()
}


def apply(rng: np.random.Generator, mix: Array, n: int) -> Array:
    """Draw n applications to each segment: mix (segments,), m -> g (segments, n, 13), the copula's normal scores."""
    g = rng.standard_normal((len(mix), n, len(FEATURES)), dtype=np.float32) @ _HALF
    g += (mix[:, None] * MIX_DIRECTION).astype(np.float32)[:, None, :]
    return g


def even_applicants() -> Array:
    """Return g (4093, 13): applicants at m = 0 that stand for all, spread evenly by a lattice (Korobov 1959).

    A segment's mean PD over them is typically .15 percentage points from its true mean; over random ones, .4.
    """
    size, generator = 4093, 3364
    lattice = np.arange(size)[:, None] * np.array([pow(generator, j, size) for j in range(len(FEATURES))])
    g: Array = np.interp((lattice % size + 0.5) / size, _BELOW, _GRID) @ _HALF
    return g


def to_units(g: Array) -> Array:
    """Convert normal scores (..., 13) to units (..., 13)."""
    x = g * _SPREAD + _CENTRE
    x[..., _BOUNDED] = _within(_LOWEST[_BOUNDED], _HIGHEST[_BOUNDED], x[..., _BOUNDED])
    x[..., _AGE] = LEAST_FILE + np.square(np.maximum(x[..., _AGE], 0.3))
    x[..., _TRADES] = np.round(np.square(np.maximum(x[..., _TRADES], 0)))
    x[..., _INCOME] = LEAST_INCOME + np.exp(x[..., _INCOME])
    x[..., _LOAN] = _within(_least_loan(x), _HIGHEST[_LOAN], x[..., _LOAN])
    for column, steps in _STEPS.items():
        x[..., column] = (g[..., column, None] > steps).sum(-1)
    return _consistent(plausible(x))


def _consistent(x: Array) -> Array:
    """Bring the counts of x (..., 13) into agreement, in place.

    No file shows more open trades than could be opened since it began, more new or delinquent ones than are open, or
    three new ones without an inquiry.
    """
    trades, new, late, inquiries = (
        x[..., COLUMN[name]] for name in ("open_trades", "new_trades", "delinquencies", "inquiries")
    )
    before = np.floor((x[..., _AGE] - 12) / _MONTHS_PER_TRADE)  # opened before the last year, at the most
    np.minimum(trades, np.maximum(new + before, LEAST_TRADES), out=trades)
    np.minimum(new, trades, out=new)
    np.minimum(late, trades, out=late)
    np.maximum(inquiries, new >= 3, out=inquiries)
    return x


def _least_loan(x: Array) -> Array:
    """Return the smallest loan in per cent of the annual income of x (..., 13): (...)."""
    least: Array = 100 * LEAST_LOAN / (12 * x[..., _INCOME])
    return least


def _within(low: Array, high: Array, log_odds: Array) -> Array:
    """Return the value between the bounds that has these log odds of its distance from the lower one."""
    value: Array = low + (high - low) / (1 + np.exp(-log_odds))
    return value


def _log_odds_within(low: Array, high: Array, x: Array) -> Array:
    """Undo `_within`; beyond a millionth of the range within the bounds it stays there."""
    share = np.clip((x - low) / (high - low), 1e-6, 1 - 1e-6)
    log_odds: Array = np.log(share / (1 - share))
    return log_odds


def plausible(x: Array) -> Array:
    """Return the nearest application that a form can hold, in units (..., 13)."""
    return np.clip(x, _LOWEST, _HIGHEST)


def standard(x: Array) -> Array:
    """Units (..., 13) -> standard scores among applicants: g for CONTINUOUS features, similar for the others."""
    z = plausible(x)
    least = _least_loan(z)
    z[..., _LOAN] = np.maximum(z[..., _LOAN], least + _NEAREST_LOAN * (_HIGHEST[_LOAN] - least))
    z[..., _LOAN] = _log_odds_within(least, _HIGHEST[_LOAN], z[..., _LOAN])
    z[..., _BOUNDED] = _log_odds_within(_LOWEST[_BOUNDED], _HIGHEST[_BOUNDED], z[..., _BOUNDED])
    z[..., _AGE] -= LEAST_FILE
    z[..., _ROOT] = np.sqrt(z[..., _ROOT])
    z[..., _INCOME] = np.log(np.maximum(z[..., _INCOME] - LEAST_INCOME, 1))
    z[..., _LOG_COUNT] = np.log1p(z[..., _LOG_COUNT])
    scores: Array = (z - _CENTRE) / _SPREAD
    return scores


def to_scaled(x: Array) -> Array:
    """Units (..., 13) -> about N(0, 1) among labelled accounts, which are riskier than applicants: half are bad."""
    scaled: Array = (standard(x) - _LABELLED_CENTRE) / _LABELLED_SPREAD
    return scaled


def normal_scores(x: Array) -> Array:
    """Units -> g of the characteristics that are CONTINUOUS: x (..., 13) -> (..., 8). Undoes `to_units`."""
    g: Array = standard(x)[..., CONTINUOUS]
    return g
