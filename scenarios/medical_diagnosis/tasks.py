"""Distinguish a target condition from its mimic by the routine admission panel of one hospital.

The generator works in z-space; one monotone transform per feature converts to units:

    z | y  ~  N(C b + s_y shift, Sigma),   s = -1/2 for the mimic, +1/2 for the target condition
    shift  =  M a,   a = r u,  r ~ Uniform(2.0, 2.6)      the signature: how the two conditions differ
    u      ~  von Mises-Fisher on the sphere              of any direction, or near a typical one: see `World`
    b      ~  N(0, I_2)                                   effects of the hospital

`Sigma` holds how ill people vary (acute phase, kidneys, reserve, ...). The columns of `M` are *discordances*: patterns
that severity does not explain, orthonormal in the metric of Sigma, so that |a| is the separation of the two classes and
the optimal AUROC is Phi(r / sqrt 2), .921 to .967. That strength is assumed and generous: the one published ratio
among the clues has an AUROC of .63.

Each marginal is a sinh-arcsinh transform of z (skewness and tail weight: Jones and Pewsey, Biometrika 2009;96:761-780)
within bounds (Johnson's S_B: Biometrika 1949;36:149-176). z is scaled to have variance one over all admissions of the
default world, so the table below describes admissions, not one ward. Oxygen saturation was measured on air or oxygen,
and which is not recorded; hence it has no range here, and NEWS2 cannot be computed.

Sources. Means and standard deviations of in-patients: Faisal et al., BMJ Open 2018;8:e022939, table 2 (two hospitals,
57 243 admissions). C-reactive protein: Eur J Intern Med 2008;19:261; above 500 mg/L in 0.16% of tests, at most 772:
Rev Med Interne 2011;32:663. Bands of vital signs: NEWS2 (Royal College of Physicians, 2017). Reference intervals: UK
Pathology Harmony for sodium, potassium, urea and albumin; Oxford Handbook of Acute Medicine for the rest. Correlations
of albumin: Int J Biol Macromol 2021;184:857-862. Urea out of proportion to creatinine in upper gastrointestinal
bleeding: Br J Surg 1991;78:71-73, AUROC .63 in Arch Acad Emerg Med 2019;7:e30. Legionella: Fiumefreddo et al., BMC
Pulm Med 2009;9:4. Two albumin assays, 3.85 g/L apart: J Clin Pathol 2003;56:780. Platelets, the tails and the
correlations not named here are assumptions of ours.

A second hospital, for external validation (`Differentials.at_other_hospitals`), differs by more than effects on both
groups alike. Spread and means: two hospitals in table 2 of Faisal et al. Loss: AUROC - 0.5 fell by 11.1% in the median
of external validations, quartiles -32.4% and +2.7% (Wessler et al., Circ Cardiovasc Qual Outcomes 2021;14:e007858).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scenarios.scenario import Feature
from scenarios.task import Array, Examples, Labels
from scenarios.text import Text

# (name, English, Chinese, unit, reference interval, decimals, bounds, (median, spread, skewness, tail weight)).
# Vital signs have NEWS2's band 0 in place of a reference interval; those of haemoglobin and creatinine run from the
# lower limit of women to the upper one of men. Spread: of the log odds within the bounds, per unit of z. A tail weight
# above 1 is heavier than the normal's. The four numbers were fitted to shares of admissions, which the tests state.
_PANEL = (
    ("resp_rate", "Respiratory rate", "呼吸频率", ("/min", "次/分"), (12, 20), 0, (6, 70), (17.5, 0.216, 0.11, 1.43)),
    ("spo2", "Oxygen saturation", "血氧饱和度", ("%", "%"), (None, None), 0, (50, 100), (96.7, 0.500, 0.45, 1.42)),
    ("sbp", "Systolic blood pressure", "收缩压", ("mmHg", "mmHg"), (111, 219), 0, (50, 280), (129, 0.290, 0.07, 1.34)),
    ("pulse", "Pulse rate", "脉率", ("/min", "次/分"), (51, 90), 0, (25, 230), (81.5, 0.324, 0.06, 1.25)),
    ("temperature", "Temperature", "体温", ("°C", "°C"), (36.1, 38.0), 1, (30, 42.2), (36.6, 0.108, 0.37, 1.60)),
    ("haemoglobin", "Haemoglobin", "血红蛋白", ("g/L", "g/L"), (120, 170), 0, (25, 215), (129, 0.295, -0.04, 1.36)),
    (
        "white_cells", "White cell count", "白细胞计数", ("×10⁹/L", "×10⁹/L"), (4.0, 11.0), 1,
        (0.1, 120), (8.9, 0.218, 0.04, 1.59),
    ),
    (
        "platelets", "Platelets", "血小板计数", ("×10⁹/L", "×10⁹/L"), (150, 450), 0,
        (3, 1300), (242, 0.160, -0.13, 1.86),
    ),
    ("sodium", "Sodium", "血钠", ("mmol/L", "mmol/L"), (133, 146), 0, (95, 175), (137.6, 0.092, -0.26, 1.68)),
    ("potassium", "Potassium", "血钾", ("mmol/L", "mmol/L"), (3.5, 5.3), 1, (1.5, 9.5), (4.15, 0.115, 0.11, 1.80)),
    ("creatinine", "Creatinine", "肌酐", ("µmol/L", "µmol/L"), (45, 104), 0, (25, 2000), (79, 0.210, 0.09, 1.86)),
    ("urea", "Urea", "尿素", ("mmol/L", "mmol/L"), (2.5, 7.8), 1, (0.6, 75), (5.9, 0.356, 0.21, 1.46)),
    ("albumin", "Albumin", "白蛋白", ("g/L", "g/L"), (35, 50), 0, (12, 58), (36.6, 0.339, -0.26, 1.35)),
    ("crp", "C-reactive protein", "C 反应蛋白", ("mg/L", "mg/L"), (None, 10), 0, (0, 650), (27, 2.404, -0.07, 0.76)),
)  # fmt: skip
_DETECTION_LIMITS = {"crp": 1.0}  # a laboratory reports "<1"
FEATURES = tuple(
    Feature(name, Text(en, zh), Text(*unit), low, high, decimals, detection_limit=_DETECTION_LIMITS.get(name))
    for name, en, zh, unit, (low, high), decimals, *_ in _PANEL
)
_INDEX = {feature.name: column for column, feature in enumerate(FEATURES)}
_LOWEST, _HIGHEST = np.array([bounds for *_, bounds, _ in _PANEL], np.float32).T
_MEDIAN, _SPREAD, _SKEWNESS, _TAIL = np.array([marginal for *_, marginal in _PANEL], np.float32).T
_RANGE = _HIGHEST - _LOWEST
_SLOPE = _SPREAD / 2  # slope of half the log odds, the argument of tanh
_OFFSET = (np.log((_MEDIAN - _LOWEST) / (_HIGHEST - _MEDIAN)) - _SPREAD * np.sinh(_SKEWNESS)) / 2


def to_units(z: Array) -> Array:
    """z-scores (..., 14) -> units (..., 14), strictly within each feature's bounds.

    In place, and with exp, log and tanh instead of sinh and arcsinh, which take ten times as long in NumPy.
    """
    x = z * z
    x += 1
    np.sqrt(x, out=x)
    x += np.abs(z)
    np.log(x, out=x)
    np.copysign(x, z, out=x)  # arcsinh z
    x *= _TAIL
    x += _SKEWNESS
    np.exp(x, out=x)
    x -= 1 / x  # twice the sinh
    x *= _SLOPE / 2
    x += _OFFSET
    np.tanh(x, out=x)
    x += 1
    x *= _RANGE / 2
    x += _LOWEST
    return x


def to_z(x: Array) -> Array:
    """Units (..., 14) -> z-scores (..., 14): about N(0, 1) over admissions. The inverse of `to_units`.

    Values that no admission has (a negative concentration, a saturation of 100.0% or more) are held at a millionth of
    the range within the bounds, so that a file from elsewhere gives an extreme score instead of not-a-number.
    """
    above = np.clip((x - _LOWEST) / _RANGE, 1e-6, 1 - 1e-6)
    scaled = (np.arctanh(2 * above - 1) - _OFFSET) / _SLOPE
    z: Array = np.sinh((np.arcsinh(scaled) - _SKEWNESS) / _TAIL)
    return z


def _direction(**loadings: float) -> Array:
    vector = np.zeros(len(FEATURES))
    for name, loading in loadings.items():
        vector[_INDEX[name]] = loading
    return vector


_LOADINGS = np.stack(
    [
        # acute inflammation: severity
        _direction(
            crp=0.80, white_cells=0.56, temperature=0.36, pulse=0.36, resp_rate=0.28, albumin=-0.41, spo2=-0.10,
            sbp=-0.10, sodium=-0.12, haemoglobin=-0.26, platelets=0.12,
        ),
        # kidneys
        _direction(urea=0.88, creatinine=0.86, potassium=0.42, haemoglobin=-0.24, resp_rate=0.06, albumin=-0.06),
        # nutritional reserve, chronic disease
        _direction(haemoglobin=0.64, albumin=0.64, sodium=0.12, sbp=0.15, white_cells=0.08),
        # heart and lungs
        _direction(resp_rate=0.50, spo2=-0.46, pulse=0.30),
        # reactivity of the marrow
        _direction(white_cells=0.38, platelets=0.55),
        # fever drives the pulse
        _direction(temperature=0.48, pulse=0.48),
        # dilution: weak, so that the second mechanism leaves sodium and potassium uncorrelated over all admissions
        _direction(sodium=0.38, potassium=0.38),
    ],
    axis=1,
)  # fmt: skip
_LEAST_UNIQUE = 0.2  # variance of a feature that no factor explains, if the factors explain more than 0.8


@dataclass(frozen=True)
class Mechanism:
    """A discordance, and a real pair of conditions to illustrate it. No clinician has signed it off."""

    label: Text
    has_it: Text  # a condition that shows the pattern
    lacks_it: Text  # one that is mistaken for it, and does not
    pattern: Mapping[str, float]  # of the features, largest first; before severity is taken out


MECHANISMS = (
    Mechanism(
        Text(en="urea high relative to creatinine, haemoglobin low", zh="尿素/肌酐比值偏高，血红蛋白偏低"),
        Text(en="upper gastrointestinal bleeding", zh="上消化道出血"),
        Text(en="lower gastrointestinal bleeding", zh="下消化道出血"),
        {"urea": 1.0, "haemoglobin": -0.8, "creatinine": -0.7},
    ),
    Mechanism(
        Text(en="potassium high, sodium and blood pressure low", zh="血钾偏高，血钠和血压偏低"),
        Text(en="adrenal crisis", zh="肾上腺危象"),
        Text(en="gastroenteritis", zh="急性胃肠炎"),
        {"potassium": 1.0, "sodium": -1.0, "sbp": -0.7},
    ),
    Mechanism(
        Text(en="C-reactive protein high relative to white cells", zh="C 反应蛋白相对白细胞偏高"),
        Text(en="Legionnaires' disease", zh="军团菌肺炎"),
        Text(en="pneumococcal pneumonia", zh="肺炎链球菌肺炎"),
        {"crp": 1.4, "white_cells": -0.8, "platelets": -0.4, "temperature": 0.3, "resp_rate": 0.2, "albumin": -0.2},
    ),
    Mechanism(
        Text(en="temperature high relative to pulse", zh="体温相对脉率偏高（相对缓脉）"),
        Text(en="typhoid fever", zh="伤寒"),
        Text(en="influenza", zh="流行性感冒"),
        {"temperature": 1.0, "pulse": -1.0},
    ),
    # Only where differential diagnoses differ most.
    Mechanism(
        Text(en="respiratory rate high without desaturation", zh="呼吸频率偏高而血氧不低"),
        Text(en="diabetic ketoacidosis", zh="糖尿病酮症酸中毒"),
        Text(en="an asthma attack", zh="哮喘急性发作"),
        {"resp_rate": 1.0, "spo2": 0.8},
    ),
    Mechanism(
        Text(en="platelets low", zh="血小板偏低"),
        Text(en="dengue", zh="登革热"),
        Text(en="chikungunya", zh="基孔肯雅热"),
        {"platelets": -1.0, "haemoglobin": 0.3},
    ),
    Mechanism(
        Text(en="albumin low relative to haemoglobin", zh="白蛋白相对血红蛋白偏低"),
        Text(en="nephrotic syndrome", zh="肾病综合征"),
        Text(en="heart failure", zh="心力衰竭"),
        {"albumin": -1.0, "haemoglobin": 0.5},
    ),
    Mechanism(
        Text(en="sodium, potassium and urea low together", zh="血钠、血钾和尿素同时偏低"),
        Text(en="inappropriate antidiuresis", zh="抗利尿激素分泌失调综合征"),
        Text(en="volume depletion", zh="容量不足"),
        {"sodium": -1.0, "urea": -0.8, "potassium": -0.6, "creatinine": -0.4},
    ),
)
SEPARATION = (2.0, 2.6)  # r, in standard deviations along the signature: assumed
MEAN_SQUARE_SEPARATION = (SEPARATION[1] ** 3 - SEPARATION[0] ** 3) / (3 * (SEPARATION[1] - SEPARATION[0]))
PUBLISHED_CLUE_AUROC = 0.63  # of the urea:creatinine ratio alone, Arch Acad Emerg Med 2019;7:e30

# How a second hospital differs from the first one, at a distance of 1.
SPREAD_APART = 0.13  # of the log of a standard deviation: root mean square of ten measurements in Faisal et al.
MEASURED_APART = 0.15  # SD of a mean's shift, in standard deviations: there it is 0.18, case mix included
SEVERITY_APART = 1.0  # SD of the shift of one group's case mix against the other's, in those between hospitals: assumed
# The signature's new part, relative to the part that remains: with it, a method that knew the first hospital's
# differential completely loses what the median external validation does, and twice of it as much as the lower quartile.
SIGNATURE_APART = 0.8
CLASS_SIGN = np.array([-0.5, 0.5], np.float32)  # mimic, target condition


@dataclass(frozen=True)
class World:
    """How much the differential diagnoses of one world differ from one another."""

    mechanisms: int  # how many of MECHANISMS can set two conditions apart
    concentration: float  # kappa of the signature's direction around the typical one; 0: every direction, every sign

    @property
    def typical(self) -> Array:
        """The mean direction of the signature (mechanisms,): each mechanism in its usual sense, all equally strong."""
        return np.full(self.mechanisms, self.mechanisms**-0.5)

    @property
    def known(self) -> Array:
        """M: z of one standard deviation of each mechanism, (14, mechanisms)."""
        return DIRECTIONS[:, : self.mechanisms]

    @property
    def unseen(self) -> Array:
        """The directions that no training task of this world uses, (14, 14 - mechanisms)."""
        return DIRECTIONS[:, self.mechanisms :]


WORLDS: dict[str, World] = {
    "mild": World(mechanisms=4, concentration=12.0),
    "moderate": World(mechanisms=4, concentration=0.0),
    "strong": World(mechanisms=8, concentration=0.0),
}
_DEFAULT = WORLDS["moderate"]


def _build() -> tuple[Array, Array, Array]:
    """Sigma (14, 14), all directions (14, 14) of which the mechanisms are the first, and C (14, 2)."""
    communality = (_LOADINGS**2).sum(1)
    unique = np.maximum(1 - communality, _LEAST_UNIQUE)
    variance = communality + unique
    loadings = _LOADINGS / np.sqrt(variance)[:, None]
    sigma = loadings @ loadings.T + np.diag(unique / variance)
    # Albumin's assay moves albumin alone. The case mix moves everything that severity does.
    hospital = np.stack([_direction(albumin=0.5), 0.5 * loadings[:, 0]], axis=1)

    # In the coordinates where Sigma is the identity, discordances are made orthogonal to severity, then to one another:
    # the four of the default world among themselves, which favours none of them, the others after those.
    root = np.linalg.cholesky(sigma)
    basis = np.linalg.solve(root, loadings[:, :1])
    raw = np.linalg.solve(root, np.stack([_direction(**each.pattern) for each in MECHANISMS], axis=1))
    basis /= np.linalg.norm(basis)
    found = np.empty((len(FEATURES), 0))
    for group in (raw[:, : _DEFAULT.mechanisms], raw[:, _DEFAULT.mechanisms :]):
        taken = np.concatenate([basis, found], axis=1)
        left, _, right = np.linalg.svd(group - taken @ (taken.T @ group), full_matrices=False)
        found = np.concatenate([found, left @ right], axis=1)
    rest, _ = np.linalg.qr(found, mode="complete")
    directions = root @ np.concatenate([found, rest[:, found.shape[1] :]], axis=1)

    # One unit of z is the standard deviation over all admissions of the default world.
    known = directions[:, : _DEFAULT.mechanisms]
    spread = CLASS_SIGN[1] ** 2 * MEAN_SQUARE_SEPARATION / _DEFAULT.mechanisms
    deviation = np.sqrt(np.diag(sigma + hospital @ hospital.T + spread * known @ known.T))
    scaled = 1 / deviation[:, None]
    return sigma * scaled * scaled.T, directions * scaled, hospital * scaled


SIGMA, DIRECTIONS, HOSPITAL_DIRECTIONS = _build()
MECHANISM_DIRECTIONS = DIRECTIONS[:, : len(MECHANISMS)]
_ROOT = np.linalg.cholesky(SIGMA).T.astype(np.float32)


@dataclass(frozen=True)
class Differentials:
    """Several differential diagnoses, each at one hospital."""

    signature: Array  # (tasks, mechanisms): a, how much of each mechanism, in standard deviations, and its sign
    hospital: Array  # (tasks, 2): b, albumin assay and case mix
    shift: Array  # (tasks, 14): target condition minus mimic, in z

    def __len__(self) -> int:
        return len(self.signature)

    def at_other_hospitals(self, rng: np.random.Generator, distance: float = 1.0) -> "Differentials":
        """Return the same differential diagnoses, each at another hospital: external validation.

        Assay and case mix are those of any other hospital, and so are the spread of patients within a group, with its
        correlations. Each measurement has a bias of its own, one group may be more severely ill than the other, and
        part of the signature is another one, of the same length: the same name stands for other patients. At a
        `distance` of 2, all of this is twice as far from the first hospital; at 0, nothing differs.
        """
        if not distance:
            return self
        hospital = self.hospital + distance * (rng.standard_normal(self.hospital.shape) - self.hospital)
        severity = SEVERITY_APART * distance * rng.standard_normal((len(self), 1))
        bias = MEASURED_APART * distance * rng.standard_normal((len(self), len(FEATURES)))
        signature = _turned(self.signature, SIGNATURE_APART * distance, rng)
        changed = (signature - self.signature) @ DIRECTIONS[:, : signature.shape[1]].T
        changed += severity * HOSPITAL_DIRECTIONS[:, 1]
        mixing = np.eye(len(FEATURES)) + SPREAD_APART * distance * rng.standard_normal((len(self), *SIGMA.shape))
        mixing *= np.sqrt(len(FEATURES) / (mixing**2).sum((1, 2), keepdims=True))  # as widely spread on average
        root = (mixing @ _ROOT).astype(np.float32)
        return SecondHospitals(signature, hospital, self.shift + changed, bias, root)

    def centre(self) -> Array:
        """Return the middle between the two groups at each hospital, in z (tasks, 14)."""
        centre: Array = self.hospital @ HOSPITAL_DIRECTIONS.T
        return centre

    def typical_patients(self) -> Array:
        """Return the medians of either class at each hospital, in units (tasks, 2, 14): mimic, target condition."""
        return to_units(self.centre()[:, None, :] + CLASS_SIGN[:, None] * self.shift[:, None, :])

    def sample(self, rng: np.random.Generator, y: Labels) -> Array:
        """Admit one patient per label. y (tasks, n) -> x (tasks, n, 14), in units."""
        z = self.varied(rng.standard_normal((*y.shape, len(FEATURES)), dtype=np.float32))
        z += self.centre().astype(np.float32)[:, None, :]
        z += CLASS_SIGN[y][..., None] * self.shift.astype(np.float32)[:, None, :]
        return to_units(z)

    def varied(self, noise: Array) -> Array:
        """Return how patients of one group differ from its mean, in z: independent noise (tasks, n, 14) -> the same."""
        varied: Array = noise @ _ROOT
        return varied

    def support(self, rng: np.random.Generator, shots: int) -> Examples:
        """Chart-reviewed cases: `shots` mimics and `shots` patients with the target condition, alternating."""
        y = np.tile(np.arange(2 * shots) % 2, (len(self), 1))
        return Examples(self.sample(rng, y), y)

    def query(self, rng: np.random.Generator, n: int) -> Examples:
        """Draw n further patients, half with the target condition. Prevalence enters later, as a correction of odds."""
        return self.support(rng, -(-n // 2)).first(n)


@dataclass(frozen=True)
class SecondHospitals(Differentials):
    """Differential diagnoses, each at a second hospital, which differs from the first one in everything measured."""

    bias: Array  # (tasks, 14): of each measurement, in z
    root: Array  # (tasks, 14, 14): independent noise @ root varies as patients of one group do, in z

    def centre(self) -> Array:
        """Return the middle between the two groups, as measured: see `Differentials.centre`."""
        return super().centre() + self.bias

    def varied(self, noise: Array) -> Array:
        """Return how patients of one group differ from its mean: see `Differentials.varied`."""
        varied: Array = noise @ self.root
        return varied


def sample_tasks(
    rng: np.random.Generator, count: int, novelty: float = 0.0, *, world: World = _DEFAULT
) -> Differentials:
    """Draw `count` differential diagnoses.

    `novelty` (rho) turns the signature away from the world's mechanisms into the directions that none of its training
    tasks uses: rho**2 is the share of its squared length that is new. Its length, hence the difficulty, stays.
    """
    if not 0 <= novelty <= 1:
        raise ValueError(f"novelty must lie in [0, 1], got {novelty}")
    length = rng.uniform(*SEPARATION, (count, 1))
    known = length * _directions_near(rng, count, world)
    hospital = rng.standard_normal((count, HOSPITAL_DIRECTIONS.shape[1]))
    unseen = length * _unit_vectors(rng, count, world.unseen.shape[1])
    shift = np.sqrt(1 - novelty**2) * known @ world.known.T + novelty * unseen @ world.unseen.T
    return Differentials(known, hospital, shift)


def _directions_near(rng: np.random.Generator, count: int, world: World) -> Array:
    """Draw unit vectors (count, mechanisms) from the von Mises-Fisher distribution around the typical one.

    By rejection: the cosine with the typical direction as it is on the whole sphere, accepted with the density's ratio.
    """
    cosine, half = np.empty(0), (world.mechanisms - 1) / 2
    while len(cosine) < count:
        proposed = 2 * rng.beta(half, half, count) - 1
        accepted = rng.random(count) < np.exp(world.concentration * (proposed - 1))
        cosine = np.concatenate([cosine, proposed[accepted]])[:count]
    across = _unit_vectors(rng, count, world.mechanisms)
    across -= np.outer(across @ world.typical, world.typical)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return np.outer(cosine, world.typical) + np.sqrt(1 - cosine**2)[:, None] * across


def _turned(vectors: Array, across: float, rng: np.random.Generator) -> Array:
    """Return vectors (n, size) with `across` of their length added at right angles to them, and their length kept."""
    other = rng.standard_normal(vectors.shape)
    other -= vectors * (other * vectors).sum(1, keepdims=True) / (vectors**2).sum(1, keepdims=True)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    turned = vectors + across * length * other / np.linalg.norm(other, axis=1, keepdims=True)
    kept: Array = turned * length / np.linalg.norm(turned, axis=1, keepdims=True)
    return kept


def _unit_vectors(rng: np.random.Generator, count: int, size: int) -> Array:
    vectors = rng.standard_normal((count, size))
    unit: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
