"""Who applies: twelve characteristics of a consumer-credit application, in units, with published marginals.

An application is a Gaussian copula, g ~ N(m q, R), and one monotone marginal per characteristic. Four factors make R:
thick and clean file, indebtedness, appetite for credit, wealth. q is the first of them, so that the portfolio mix m
moves a whole segment between subprime (m < 0) and prime (m > 0), as anyone can see in applications without outcomes.

Left out on purpose: age, sex, marital status, postcode, dependants. They are prohibited or sensitive bases.

Sources. GMSC: Kaggle "Give Me Some Credit", 150 000 borrowers: utilisation (quartiles 3 / 15 / 56%), monthly income
(3 400 / 5 400 / 8 249 USD), open trades (5 / 8 / 11). HMEQ: SAS home-equity loans, 5 960 rows: debt-to-income (mean
33.8, SD 8.6), delinquencies (78% zero), derogatory records (86% zero), age of the oldest trade (115 / 173 / 232
months), inquiries (46% zero), years on job (3 / 7 / 13). Loan to income: Serrano-Cinca et al. 2015, PLoS ONE
10(10):e0139427. New trades, combined loan-to-value, loan to income and all correlations are assumptions of ours.
"""

from math import erf, sqrt

import numpy as np

from scenarios.scenario import Feature
from scenarios.task import Array
from scenarios.text import Text

FEATURES = (
    Feature("utilisation", Text("Revolving utilisation", "循环额度使用率"), Text("%", "%")),
    Feature("dti", Text("Debt-to-income (DTI)", "债务收入比（DTI）"), Text("%", "%")),
    Feature("income", Text("Gross monthly income", "税前月收入"), Text("USD", "美元")),
    Feature("delinquencies", Text("Delinquencies (30+ dpd), 24 m", "近 24 个月逾期 30 天以上"), Text("count", "次")),
    Feature("derogatory", Text("Derogatory public records", "公共记录中的不良信息"), Text("count", "条")),
    Feature("oldest_trade", Text("Age of oldest trade", "最早信贷账户账龄"), Text("months", "个月")),
    Feature("open_trades", Text("Open trades", "未结清信贷账户数"), Text("count", "个")),
    Feature("inquiries", Text("Inquiries, last 6 m", "近 6 个月征信查询次数"), Text("count", "次")),
    Feature("new_trades", Text("Trades opened, last 12 m", "近 12 个月新开账户数"), Text("count", "个")),
    Feature("job_years", Text("Time on job", "现职工作年限"), Text("years", "年"), decimals=1),
    Feature("cltv", Text("Combined loan-to-value (CLTV)", "综合贷款价值比（CLTV）"), Text("%", "%")),
    Feature("loan_to_income", Text("Loan to annual income", "贷款金额与年收入之比"), Text("%", "%")),
)
COLUMN = {feature.name: column for column, feature in enumerate(FEATURES)}

# The share of applicants with exactly 0, 1, 2, .. of what is counted; the rest have one more.
_COUNTS = {
    "delinquencies": (0.78, 0.12, 0.05, 0.025, 0.012),
    "derogatory": (0.86, 0.085, 0.03, 0.015),
    "inquiries": (0.46, 0.25, 0.14, 0.07, 0.04, 0.02),
    "new_trades": (0.35, 0.27, 0.18, 0.10, 0.05, 0.03),
}
_MOST = {name: len(shares) for name, shares in _COUNTS.items()}
# What an application form can hold, in units; a file from elsewhere is held within it.
_PLAUSIBLE = {
    "utilisation": (0, 100),
    "dti": (2, 75),
    "income": (100, 300_000),
    "delinquencies": (0, _MOST["delinquencies"]),
    "derogatory": (0, _MOST["derogatory"]),
    "oldest_trade": (1, 1_000),
    "open_trades": (0, 60),
    "inquiries": (0, _MOST["inquiries"]),
    "new_trades": (0, _MOST["new_trades"]),
    "job_years": (0, 60),
    "cltv": (15, 130),
    "loan_to_income": (1, 700),
}
_LOWEST, _HIGHEST = np.array([_PLAUSIBLE[feature.name] for feature in FEATURES], np.float32).T
# Centre and spread of each characteristic, after the logarithm or the root where it has one.
_STANDARD = {
    "utilisation": (29.0, 28.0),
    "dti": (34.5, 8.0),
    "income": (np.log(5400), 0.657),
    "delinquencies": (0.24, 0.46),
    "derogatory": (0.14, 0.36),
    "oldest_trade": (13.15, 3.2),
    "open_trades": (2.83, 0.80),
    "inquiries": (0.60, 0.58),
    "new_trades": (0.72, 0.55),
    "job_years": (2.60, 1.35),
    "cltv": (82.0, 14.0),
    "loan_to_income": (np.log(26), 0.60),
}
_CENTRE, _SPREAD = np.array([_STANDARD[feature.name] for feature in FEATURES], np.float32).T
# The same of those scores among labelled accounts, half of which are bad.
_LABELLED_CENTRE = np.array([0.23, 0.10, -0.13, 0.14, 0.17, -0.13, 0.02, 0.03, 0.0, 0.02, 0.11, 0.11], np.float32)
_LABELLED_SPREAD = np.array([1.12, 1.06, 1.05, 1.13, 1.18, 1.10, 1.09, 1.06, 1.10, 1.02, 1.06, 1.06], np.float32)
_ROOT = [COLUMN[name] for name in ("oldest_trade", "open_trades", "job_years")]
_LOG = [COLUMN[name] for name in ("income", "loan_to_income")]
_LOG_COUNT = [COLUMN[name] for name in _COUNTS]
CONTINUOUS = [column for name, column in COLUMN.items() if name not in _COUNTS]


def _direction(**loadings: float) -> Array:
    vector = np.zeros(len(FEATURES))
    for name, loading in loadings.items():
        vector[COLUMN[name]] = loading
    return vector


_LOADINGS = np.stack(
    [
        # thick, clean file
        _direction(
            utilisation=-0.45, delinquencies=-0.55, derogatory=-0.55, oldest_trade=0.60, open_trades=0.35,
            inquiries=-0.15, job_years=0.40, income=0.30, cltv=-0.20,
        ),
        # indebtedness
        _direction(utilisation=0.50, dti=0.65, loan_to_income=0.50, income=-0.35, open_trades=0.35, cltv=0.30),
        # appetite for credit
        _direction(inquiries=0.65, new_trades=0.70, open_trades=0.45, oldest_trade=-0.25, loan_to_income=0.15),
        # wealth
        _direction(income=0.55, cltv=-0.45, loan_to_income=-0.40, job_years=0.20, oldest_trade=0.25),
    ],
    axis=1,
)  # fmt: skip
_OWN = np.maximum(1 - (_LOADINGS**2).sum(1), 0.10)  # variance that no factor explains
_DEVIATION = np.sqrt((_LOADINGS**2).sum(1) + _OWN)
CORRELATION = (_LOADINGS @ _LOADINGS.T + np.diag(_OWN)) / np.outer(_DEVIATION, _DEVIATION)  # R (12, 12)
MIX_DIRECTION = _LOADINGS[:, 0] / _DEVIATION  # q (12,), subprime to prime
_HALF = np.linalg.cholesky(CORRELATION).T.astype(np.float32)

# Normal distribution function, and the two marginals that need it, tabulated on a grid fine enough for 1e-6.
_GRID = np.linspace(-6, 6, 12_001)
_BELOW = np.array([0.5 * (1 + erf(g / sqrt(2))) for g in _GRID])
_UTILISATION = 100 * (1 - (1 - np.clip(_BELOW, 1e-6, 1 - 1e-6)) ** (1 / 1.05)) ** (1 / 0.46)  # Kumaraswamy
_JOB_YEARS = 9.3 * (-np.log(1 - np.clip(_BELOW, 1e-6, 1 - 1e-6))) ** 0.95  # Weibull
_STEPS = {
    COLUMN[name]: np.interp(np.cumsum(shares), _BELOW, _GRID).astype(np.float32) for name, shares in _COUNTS.items()
}


def apply(rng: np.random.Generator, mix: Array, n: int) -> Array:
    """Draw n applications to each segment: mix (segments,), m -> g (segments, n, 12), the copula's normal scores."""
    g = rng.standard_normal((len(mix), n, len(FEATURES)), dtype=np.float32) @ _HALF
    g += (mix[:, None] * MIX_DIRECTION).astype(np.float32)[:, None, :]
    return g


def even_applicants() -> Array:
    """Return g (4093, 12): applicants at m = 0 that stand for all, spread evenly by a lattice (Korobov 1959).

    A segment's mean PD over them is typically .15 percentage points from its true mean; over random ones, .4.
    """
    size, generator = 4093, 3364
    lattice = np.arange(size)[:, None] * np.array([pow(generator, j, size) for j in range(len(FEATURES))])
    g: Array = np.interp((lattice % size + 0.5) / size, _BELOW, _GRID) @ _HALF
    return g


def to_units(g: Array) -> Array:
    """Convert normal scores (..., 12) to units (..., 12)."""
    x = g * _SPREAD + _CENTRE
    x[..., _ROOT] = np.square(np.maximum(x[..., _ROOT], 0.7))
    x[..., _LOG] = np.exp(x[..., _LOG])
    for name, table in (("utilisation", _UTILISATION), ("job_years", _JOB_YEARS)):
        x[..., COLUMN[name]] = np.interp(g[..., COLUMN[name]], _GRID, table)
    for column, steps in _STEPS.items():
        x[..., column] = (g[..., column, None] > steps).sum(-1)
    x[..., COLUMN["open_trades"]] = np.round(x[..., COLUMN["open_trades"]])
    return plausible(x)


def plausible(x: Array) -> Array:
    """Return the nearest application that a form can hold, in units (..., 12)."""
    return np.clip(x, _LOWEST, _HIGHEST)


def standard(x: Array) -> Array:
    """Units (..., 12) -> standard scores among applicants, after the logarithm or the root where there is one."""
    z = plausible(x)
    z[..., _ROOT] = np.sqrt(z[..., _ROOT])
    z[..., _LOG] = np.log(z[..., _LOG])
    z[..., _LOG_COUNT] = np.log1p(z[..., _LOG_COUNT])
    scores: Array = (z - _CENTRE) / _SPREAD
    return scores


def to_scaled(x: Array) -> Array:
    """Units (..., 12) -> about N(0, 1) among labelled accounts, which are riskier than applicants: half are bad."""
    scaled: Array = (standard(x) - _LABELLED_CENTRE) / _LABELLED_SPREAD
    return scaled


def normal_scores(x: Array) -> Array:
    """Units -> g of the characteristics that are CONTINUOUS: x (..., 12) -> (..., 8). Undoes `to_units`."""
    g = standard(x)
    for name, table in (("utilisation", _UTILISATION), ("job_years", _JOB_YEARS)):
        g[..., COLUMN[name]] = np.interp(x[..., COLUMN[name]], table, _GRID)
    return g[..., CONTINUOUS]
