"""Tell a condition from its look-alike by the routine admission panel of one hospital.

The generator lives in z-space, one monotone transform per feature, and speaks units at its door:

    z | y  ~  N(C b + s_y shift, Sigma),   s = -1/2 for the look-alike, +1/2 for the condition
    shift  =  M a,   a = r u,  u ~ Uniform(S^3),  r ~ Uniform(2.0, 2.6)      what distinguishes the two here
    b      ~  N(0, I_2)                                                      what is particular to the hospital

`Sigma` holds how ill people vary (acute phase, kidneys, reserve, ...). The four columns of `M` are *discordances*:
changes that severity does not explain, orthonormal in the metric of Sigma, so that |a| is the separation of the two
classes and the best possible AUROC is Phi(r / sqrt 2), .921 to .967. The sign of every discordance is free, hence a
rule that ignores the hospital's own labelled cases is right half of the time.

Sources. Means and standard deviations of in-patients: Faisal et al., BMJ Open 2018;8:e022939, table 2 (two hospitals,
57 243 admissions). Reference ranges: NEWS2 (Royal College of Physicians, 2017) and Oxford Handbook of Acute Medicine.
C-reactive protein: Eur J Intern Med 2008;19:261. Correlations of albumin: Int J Biol Macromol 2021;184:857-862.
Urea out of proportion to creatinine in upper gastrointestinal bleeding: Br J Surg 1991;78:71-73. Platelets and the
correlations not named here are assumptions of ours.
"""

from dataclasses import dataclass

import numpy as np

from scenarios.scenario import Feature
from scenarios.task import Array, Examples, Labels
from scenarios.text import Text

# (name, English, Chinese, unit, reference interval, decimals, marginal). Vital signs have no reference interval but
# NEWS2's band 0; haemoglobin's runs from women's lower limit (120-150) to men's upper one (130-170).
# Marginals of in-patients: normal (mean, SD), log-normal (median, sigma of the log), or, for oxygen saturation,
# log-normal in the desaturation 100 - SpO2. A positive z of SpO2 is therefore worse.
_PANEL = (
    ("resp_rate", "Respiratory rate", "呼吸频率", ("/min", "次/分"), (12, 20), 0, ("log", 17.7, 0.19)),
    ("spo2", "Oxygen saturation", "血氧饱和度", ("%", "%"), (96, None), 0, ("desaturation", 3.2, 0.60)),
    ("sbp", "Systolic blood pressure", "收缩压", ("mmHg", "mmHg"), (111, 219), 0, ("log", 128.0, 0.175)),
    ("pulse", "Pulse rate", "脉率", ("/min", "次/分"), (51, 90), 0, ("log", 79.5, 0.215)),
    ("temperature", "Temperature", "体温", ("°C", "°C"), (36.1, 38.0), 1, ("normal", 36.5, 0.70)),
    ("haemoglobin", "Haemoglobin", "血红蛋白", ("g/L", "g/L"), (120, 170), 0, ("normal", 128.0, 22.0)),
    ("white_cells", "White cell count", "白细胞计数", ("10⁹/L", "10⁹/L"), (4.0, 11.0), 1, ("log", 8.6, 0.45)),
    ("platelets", "Platelets", "血小板计数", ("10⁹/L", "10⁹/L"), (150, 450), 0, ("log", 240.0, 0.38)),
    ("sodium", "Sodium", "血钠", ("mmol/L", "mmol/L"), (135, 145), 0, ("normal", 137.0, 4.6)),
    ("potassium", "Potassium", "血钾", ("mmol/L", "mmol/L"), (3.5, 5.0), 1, ("log", 4.1, 0.14)),
    ("creatinine", "Creatinine", "肌酐", ("µmol/L", "µmol/L"), (45, 104), 0, ("log", 84.0, 0.50)),
    ("urea", "Urea", "尿素", ("mmol/L", "mmol/L"), (2.5, 6.7), 1, ("log", 6.0, 0.62)),
    ("albumin", "Albumin", "白蛋白", ("g/L", "g/L"), (35, 50), 0, ("normal", 36.0, 5.8)),
    ("crp", "C-reactive protein", "C反应蛋白", ("mg/L", "mg/L"), (None, 10), 0, ("log", 28.0, 1.35)),
)
FEATURES = tuple(
    Feature(name, Text(en, zh), Text(*unit), low, high, decimals)
    for name, en, zh, unit, (low, high), decimals, _ in _PANEL
)
_INDEX = {feature.name: column for column, feature in enumerate(FEATURES)}
_LOG = np.array([kind != "normal" for *_, (kind, _, _) in _PANEL])
_DESATURATION = np.array([kind == "desaturation" for *_, (kind, _, _) in _PANEL])
_CENTRE = np.array([np.log(centre) if kind != "normal" else centre for *_, (kind, centre, _) in _PANEL], np.float32)
_SPREAD = np.array([spread for *_, (_, _, spread) in _PANEL], np.float32)


def to_units(z: Array) -> Array:
    """z-scores (..., 14) -> units (..., 14)."""
    x = z * _SPREAD + _CENTRE
    np.exp(x, out=x, where=_LOG)
    return np.where(_DESATURATION, 100 - x, x)


def to_z(x: Array) -> Array:
    """Units (..., 14) -> z-scores (..., 14): about N(0, 1) over in-patients. The inverse of `to_units`.

    Values that no body has (a negative concentration, a saturation of 100% or more) are held at a millionth of the
    unit, so that a file from elsewhere gives an extreme score instead of not-a-number.
    """
    x = np.where(_DESATURATION, 100 - np.asarray(x), x)
    return (np.where(_LOG, np.log(np.maximum(x, 1e-6)), x) - _CENTRE) / _SPREAD


def _direction(**loadings: float) -> Array:
    vector = np.zeros(len(FEATURES))
    for name, loading in loadings.items():
        vector[_INDEX[name]] = loading
    return vector


_LOADINGS = np.stack(
    [
        # acute inflammation
        _direction(
            crp=0.76, white_cells=0.58, temperature=0.60, pulse=0.55, resp_rate=0.45, albumin=-0.26, spo2=0.25,
            sbp=-0.22, sodium=-0.28, haemoglobin=-0.15, platelets=0.08,
        ),
        # kidneys
        _direction(urea=0.86, creatinine=0.84, potassium=0.55, haemoglobin=-0.22, resp_rate=0.10),
        # nutritional reserve, chronic disease
        _direction(haemoglobin=0.62, albumin=0.66, sodium=0.28, crp=-0.16, urea=-0.12, platelets=-0.10),
        # heart and lungs
        _direction(resp_rate=0.60, spo2=0.70, pulse=0.42, sbp=0.15),
        # reactivity of the marrow
        _direction(white_cells=0.42, platelets=0.70, crp=0.06),
        # diuretics, dilution
        _direction(sodium=0.66, potassium=0.55, sbp=0.20),
    ],
    axis=1,
)  # fmt: skip
_RAW_DISCORDANCES = np.stack(
    [
        _direction(urea=1.0, creatinine=-0.8, haemoglobin=-0.5),
        _direction(sodium=-1.0, potassium=1.0, sbp=-0.6),
        _direction(crp=1.0, white_cells=-1.0, temperature=0.4),
        _direction(temperature=0.9, pulse=-0.9, spo2=0.2),
    ],
    axis=1,
)
MECHANISMS = (
    Text(en="urea high relative to creatinine", zh="尿素相对肌酐偏高"),
    Text(en="potassium high, sodium and blood pressure low", zh="血钾偏高，血钠和血压偏低"),
    Text(en="C-reactive protein high relative to white cells", zh="C反应蛋白相对白细胞偏高"),
    Text(en="temperature high relative to pulse", zh="体温相对脉率偏高"),
)
SEPARATION = (2.0, 2.6)  # r, in standard deviations along the discordance
CLASS_SIGN = np.array([-0.5, 0.5], np.float32)  # look-alike, condition
_IDIOSYNCRATIC = 0.75  # share of a feature's own variance that is left beside the six factors


def _build() -> tuple[Array, Array, Array, Array]:
    """Sigma (14, 14), M (14, 4), C (14, 2) and N (14, 10), the orthonormal rest that no training task uses."""
    own = np.maximum(_IDIOSYNCRATIC * (1 - (_LOADINGS**2).sum(1)), 0.15)
    deviation = np.sqrt((_LOADINGS**2).sum(1) + own)
    loadings, own = _LOADINGS / deviation[:, None], own / deviation**2
    sigma = loadings @ loadings.T + np.diag(own)
    precision = np.linalg.inv(sigma)

    weighted = loadings / own[:, None]
    explained = loadings @ np.linalg.solve(loadings.T @ weighted, weighted.T @ _RAW_DISCORDANCES)
    discordances = _RAW_DISCORDANCES - explained
    mechanisms = discordances @ _inverse_root(discordances.T @ precision @ discordances)

    assay = _direction(albumin=0.55, creatinine=0.25, sodium=0.25, platelets=0.15, crp=-0.15, sbp=0.15)
    hospital = np.stack([assay, 0.55 * loadings[:, 0]], axis=1)

    root = np.linalg.cholesky(sigma)
    basis, _ = np.linalg.qr(np.linalg.solve(root, mechanisms), mode="complete")
    return sigma, mechanisms, hospital, root @ basis[:, mechanisms.shape[1] :]


def _inverse_root(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    root: Array = (vectors / np.sqrt(values)) @ vectors.T
    return root


SIGMA, MECHANISM_DIRECTIONS, HOSPITAL_DIRECTIONS, UNSEEN_DIRECTIONS = _build()
_ROOT = np.linalg.cholesky(SIGMA).T.astype(np.float32)


@dataclass(frozen=True)
class Differentials:
    """Several differential diagnoses, each at one hospital."""

    signature: Array  # (tasks, 4): a, how much of each mechanism, in standard deviations, and its sign
    hospital: Array  # (tasks, 2): b, assay calibration and case mix
    shift: Array  # (tasks, 14): condition minus look-alike, in z

    def __len__(self) -> int:
        return len(self.signature)

    def sample(self, rng: np.random.Generator, y: Labels) -> Array:
        """Admit one patient per label. y (tasks, n) -> x (tasks, n, 14), in units."""
        z = rng.standard_normal((*y.shape, len(FEATURES)), dtype=np.float32) @ _ROOT
        z += (self.hospital @ HOSPITAL_DIRECTIONS.T).astype(np.float32)[:, None, :]
        z += CLASS_SIGN[y][..., None] * self.shift.astype(np.float32)[:, None, :]
        return to_units(z)

    def support(self, rng: np.random.Generator, shots: int) -> Examples:
        """Chart-reviewed cases: `shots` look-alikes and `shots` patients with the condition, alternating."""
        y = np.tile(np.arange(2 * shots) % 2, (len(self), 1))
        return Examples(self.sample(rng, y), y)

    def query(self, rng: np.random.Generator, n: int) -> Examples:
        """Draw n further patients, half of them ill. Deployment prevalence enters later, as a correction of odds."""
        return self.support(rng, -(-n // 2)).first(n)


def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0) -> Differentials:
    """Draw `count` differential diagnoses.

    `novelty` (rho) turns the signature away from the four mechanisms into the ten directions that no training task
    uses: rho**2 is the share of its energy that is new. Its length, hence the difficulty, stays.
    """
    if not 0 <= novelty <= 1:
        raise ValueError(f"novelty must lie in [0, 1], got {novelty}")
    length = rng.uniform(*SEPARATION, (count, 1))
    known = length * _unit_vectors(rng, count, MECHANISM_DIRECTIONS.shape[1])
    hospital = rng.standard_normal((count, HOSPITAL_DIRECTIONS.shape[1]))
    unseen = length * _unit_vectors(rng, count, UNSEEN_DIRECTIONS.shape[1])
    shift = np.sqrt(1 - novelty**2) * known @ MECHANISM_DIRECTIONS.T + novelty * unseen @ UNSEEN_DIRECTIONS.T
    return Differentials(known, hospital, shift)


def _unit_vectors(rng: np.random.Generator, count: int, size: int) -> Array:
    vectors = rng.standard_normal((count, size))
    unit: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
