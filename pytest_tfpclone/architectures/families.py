"""The families of ``tfp.distributions`` that have numbers for parameters, as data.

A new family is one more line: its name, its event, and what each parameter is.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_tfpclone.architectures.parameters import sizes

__all__ = ["FAMILIES"]


@dataclass(frozen=True, slots=True)
class Event:
    """What one sample of a distribution is.

    Attributes:
      shape: Its shape without batch or sample dimensions.
      support: ``"real"`` for all real numbers, ``"float"`` for some of them,
        ``"count"`` for whole numbers that are held as floats, ``"integer"``, or
        ``"structure"`` for a nest of samples.
    """

    shape: tuple[int, ...]
    support: str


@dataclass(frozen=True, slots=True)
class Family:
    """A class of ``tfp.distributions``.

    Attributes:
      name: Its name.
      support: As in ``Event``.
      shape: The shape of an event of size ``n``, such as ``"[n,n]"``.
      rules: Pairs of a parameter's name and what it is, such as ``"tril[n,n]"``.
      least: The least ``n``.
      fixed: Pairs of an argument that is no number in a tensor and its value.
        ``"n"`` stands for the size, and ``"dtype"`` for the dtype.
      batches: Whether the parameters may have a batch shape.
      cumulative: Whether TFP has its cumulative distribution function.
    """

    name: str
    support: str
    shape: str
    rules: tuple[tuple[str, str], ...]
    least: int = 1
    fixed: tuple[tuple[str, str], ...] = ()
    batches: bool = True
    cumulative: bool = True

    @property
    def sized(self) -> bool:
        """Whether it has a size ``n`` at all."""
        return "n" in self.shape or any("n" in rule.partition("[")[2] for _, rule in self.rules)

    def event(self, size: int) -> Event:
        """Return the event of a size."""
        return Event(sizes(self.shape, size), self.support)


def _scalar(name: str, support: str, **rules: str) -> Family:
    return Family(name, support, "", tuple(rules.items()))


def _vector(name: str, support: str, least: int = 1, **rules: str) -> Family:
    return Family(name, support, "[n]", tuple(rules.items()), least)


# Left out, since TFP 0.25 can't make them of float64: DoublesidedMaxwell, PlackettLuce, Skellam.
_TABLE = (
    _scalar("Normal", "real", loc="real", scale="positive"),
    _scalar("Laplace", "real", loc="real", scale="positive"),
    _scalar("Logistic", "real", loc="real", scale="positive"),
    _scalar("Gumbel", "real", loc="real", scale="positive"),
    _scalar("Cauchy", "real", loc="real", scale="positive"),
    _scalar("StudentT", "real", df="above_two", loc="real", scale="positive"),
    _scalar("Moyal", "real", loc="real", scale="positive"),
    _scalar("GeneralizedNormal", "real", loc="real", scale="positive", power="above_one"),
    _scalar("JohnsonSU", "real",
            skewness="real", tailweight="positive", loc="real", scale="positive"),
    _scalar("SinhArcsinh", "real",
            loc="real", scale="positive", skewness="real", tailweight="positive"),
    _scalar("ExponentiallyModifiedGaussian", "real",
            loc="real", scale="positive", rate="positive"),
    _scalar("TwoPieceNormal", "real", loc="real", scale="positive", skewness="positive"),
    _scalar("TwoPieceStudentT", "real",
            df="above_two", loc="real", scale="positive", skewness="positive"),
    _scalar("LambertWNormal", "real", loc="real", scale="positive", tailweight="probability"),
    _scalar("ExpGamma", "real", concentration="positive", rate="positive"),
    _scalar("ExpInverseGamma", "real", concentration="positive", scale="positive"),
    _scalar("Gamma", "float", concentration="positive", rate="positive"),
    _scalar("Beta", "float", concentration1="positive", concentration0="positive"),
    _scalar("Exponential", "float", rate="positive"),
    _scalar("LogNormal", "float", loc="real", scale="positive"),
    _scalar("LogLogistic", "float", loc="real", scale="positive"),
    _scalar("LogitNormal", "float", loc="real", scale="positive"),
    _scalar("HalfNormal", "float", scale="positive"),
    _scalar("HalfCauchy", "float", loc="real", scale="positive"),
    _scalar("HalfStudentT", "float", df="above_two", loc="real", scale="positive"),
    _scalar("InverseGamma", "float", concentration="positive", scale="positive"),
    _scalar("InverseGaussian", "float", loc="positive", concentration="positive"),
    _scalar("Weibull", "float", concentration="positive", scale="positive"),
    _scalar("Kumaraswamy", "float", concentration1="positive", concentration0="positive"),
    _scalar("Pareto", "float", concentration="positive", scale="positive"),
    _scalar("GeneralizedPareto", "float", loc="real", scale="positive", concentration="positive"),
    _scalar("GeneralizedExtremeValue", "float",
            loc="real", scale="positive", concentration="positive"),
    _scalar("Chi", "float", df="above_two"),
    _scalar("Chi2", "float", df="above_two"),
    _scalar("NoncentralChi2", "float", df="above_two", noncentrality="positive"),
    _scalar("GammaGamma", "float",
            concentration="positive", mixing_concentration="positive", mixing_rate="positive"),
    _scalar("SigmoidBeta", "real", concentration1="positive", concentration0="positive"),
    _scalar("BetaQuotient", "float",
            concentration1_numerator="positive", concentration0_numerator="positive",
            concentration1_denominator="positive", concentration0_denominator="positive"),
    _scalar("TruncatedNormal", "float",
            loc="real", scale="positive", low="negative", high="positive"),
    _scalar("TruncatedCauchy", "float",
            loc="real", scale="positive", low="negative", high="positive"),
    _scalar("Uniform", "float", low="negative", high="positive"),
    _scalar("Triangular", "float", low="negative", high="above_one", peak="probability"),
    _scalar("PERT", "float", low="negative", peak="probability", high="above_one"),
    _scalar("VonMises", "float", loc="real", concentration="positive"),
    _scalar("RelaxedBernoulli", "float", temperature="positive", logits="real"),
    _scalar("Deterministic", "float", loc="real"),
    _scalar("Bernoulli", "integer", logits="real"),
    _scalar("Poisson", "count", rate="positive"),
    _scalar("Geometric", "count", probs="probability"),
    _scalar("NegativeBinomial", "count", total_count="count", logits="real"),
    _scalar("ZeroInflatedNegativeBinomial", "count",
            inflated_loc_probs="probability", total_count="count", logits="real"),
    _scalar("Binomial", "count", total_count="count", probs="probability"),
    _scalar("BetaBinomial", "count",
            total_count="count", concentration1="positive", concentration0="positive"),
    _scalar("Zipf", "integer", power="above_one"),
    _scalar("ProbitBernoulli", "integer", probits="real"),
    _scalar("Categorical", "integer", logits="real[n]"),
    _scalar("OrderedLogistic", "integer", cutpoints="ascending[n]", loc="real"),
    _scalar("StoppingRatioLogistic", "integer", cutpoints="ascending[n]", loc="real"),
    _scalar("PoissonLogNormalQuadratureCompound", "float", loc="real", scale="positive"),
    _scalar("Empirical", "float", samples="real[n]"),
    _vector("MultivariateNormalDiag", "real", loc="real[n]", scale_diag="positive[n]"),
    _vector("MultivariateNormalTriL", "real", loc="real[n]", scale_tril="tril[n,n]"),
    _vector("MultivariateNormalDiagPlusLowRank", "real",
            loc="real[n]", scale_diag="positive[n]", scale_perturb_factor="real[n,n]"),
    _vector("MultivariateNormalDiagPlusLowRankCovariance", "real",
            loc="real[n]", cov_diag_factor="positive[n]", cov_perturb_factor="real[n,n]"),
    _vector("VectorDeterministic", "float", loc="real[n]"),
    _vector("Dirichlet", "float", 2, concentration="positive[n]"),
    _vector("DirichletMultinomial", "float", 2, total_count="count", concentration="positive[n]"),
    _vector("Multinomial", "float", 2, total_count="count", logits="real[n]"),
    _vector("OneHotCategorical", "integer", 2, logits="real[n]"),
    _vector("RelaxedOneHotCategorical", "float", 2, temperature="positive", logits="real[n]"),
    _vector("ExpRelaxedOneHotCategorical", "float", 2, temperature="positive", probs="simplex[n]"),
    _vector("VonMisesFisher", "float", 2, mean_direction="direction[n]", concentration="positive"),
    _vector("PowerSpherical", "float", 2, mean_direction="direction[n]", concentration="positive"),
    _vector("DeterminantalPointProcess", "integer", 1,
            eigenvalues="positive[n]", eigenvectors="orthogonal[n,n]"),
    Family("NormalInverseGaussian", "real", "",
           (("loc", "real"), ("scale", "positive"), ("tailweight", "above_two"),
            ("skewness", "probability")), cumulative=False),
    Family("Horseshoe", "real", "", (("scale", "positive"),), cumulative=False),
    Family("ContinuousBernoulli", "float", "", (("logits", "real"),), fixed=(("dtype", "dtype"),)),
    Family("FiniteDiscrete", "float", "", (("outcomes", "ascending[n]"), ("probs", "simplex[n]")),
           least=2, batches=False),
    Family("WishartTriL", "float", "[n,n]",
           (("df", "above_three"), ("scale_tril", "tril[n,n]")), least=2),
    Family("LKJ", "float", "[n,n]", (("concentration", "positive"),), least=2,
           fixed=(("dimension", "n"),)),
    Family("CholeskyLKJ", "float", "[n,n]", (("concentration", "positive"),), least=2,
           fixed=(("dimension", "n"),)),
)  # fmt: skip

TABLE: dict[str, Family] = {family.name: family for family in _TABLE}
"""The families by name."""

FAMILIES: tuple[str, ...] = tuple(TABLE)
"""Names of families of ``tfp.distributions``, from the simplest on."""
