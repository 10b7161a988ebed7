"""The bijectors and kernels of TFP that have numbers for parameters, as data.

A new one is one more line: its name, what it works on, and what each parameter is.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BIJECTORS", "KERNELS"]


@dataclass(frozen=True, slots=True)
class BijectorFamily:
    """A class of ``tfp.bijectors``.

    Attributes:
      name: Its name.
      rules: Pairs of a parameter's name and what it is, such as ``"tril[n,n]"``.
      rank: The least rank of what it works on.
      domain: What it works on: ``"real"``, ``"positive"`` or ``"unit"``.
      image: ``"real"`` if it maps all numbers onto all numbers; else ``"float"``.
      keeps_shape: Whether what comes out has the shape of what goes in.
    """

    name: str
    rules: tuple[tuple[str, str], ...] = ()
    rank: int = 0
    domain: str = "real"
    image: str = "real"
    keeps_shape: bool = True


def _numbers(name: str, image: str = "real", domain: str = "real", **rules: str) -> BijectorFamily:
    return BijectorFamily(name, tuple(rules.items()), 0, domain, image)


def _vectors(name: str, image: str = "real", **rules: str) -> BijectorFamily:
    return BijectorFamily(name, tuple(rules.items()), 1, "real", image)


# Left out: what needs Pad, which NumPy 2.4 can't make, such as SoftmaxCentered.
_BIJECTORS = (
    _numbers("Shift", shift="real"),
    _numbers("Scale", scale="positive"),
    _numbers("SinhArcsinh", skewness="real", tailweight="positive"),
    _numbers("LambertWTail", shift="real", scale="positive", tailweight="probability"),
    _numbers("RationalQuadraticSpline",
             bin_widths="bins[2]", bin_heights="bins[2]", knot_slopes="positive[1]"),
    _numbers("Softplus", "float", hinge_softness="positive", low="real"),
    _numbers("Sigmoid", "float", low="negative", high="positive"),
    _numbers("SoftClip", "float", low="negative", high="positive", hinge_softness="positive"),
    _numbers("GumbelCDF", "float", loc="real", scale="positive"),
    _numbers("MoyalCDF", "float", loc="real", scale="positive"),
    _numbers("Exp", "float"),
    _numbers("Tanh", "float"),
    _numbers("WeibullCDF", "float", "positive", scale="positive", concentration="positive"),
    _numbers("KumaraswamyCDF", "float", "unit",
             concentration1="positive", concentration0="positive"),
    _vectors("ScaleMatvecDiag", scale_diag="positive[n]"),
    _vectors("ScaleMatvecTriL", scale_tril="tril[n,n]"),
    _vectors("Householder", reflection_axis="direction[n]"),
    _vectors("Cumsum"),
    _vectors("Ascending", "float"),
    BijectorFamily("FillScaleTriL", (("diag_shift", "positive"),), 1, "real", "float", False),
    BijectorFamily("CorrelationCholesky", (), 1, "real", "float", False),
    BijectorFamily("IteratedSigmoidCentered", (), 1, "real", "float", False),
)  # fmt: skip

BIJECTOR_TABLE: dict[str, BijectorFamily] = {family.name: family for family in _BIJECTORS}
"""The bijectors by name."""

BIJECTORS: tuple[str, ...] = tuple(BIJECTOR_TABLE)
"""Names of classes of ``tfp.bijectors``, from the simplest on."""

_STATIONARY = (("amplitude", "positive"), ("length_scale", "positive"))

KERNEL_TABLE: dict[str, tuple[tuple[str, str], ...]] = {
    "ExponentiatedQuadratic": _STATIONARY,
    "MaternOneHalf": _STATIONARY,
    "MaternThreeHalves": _STATIONARY,
    "MaternFiveHalves": _STATIONARY,
    "Parabolic": _STATIONARY,
    "GeneralizedMatern": (("df", "above_one"), *_STATIONARY),
    "GammaExponential": (*_STATIONARY, ("power", "probability")),
    "RationalQuadratic": (*_STATIONARY, ("scale_mixture_rate", "positive")),
    "ExpSinSquared": (*_STATIONARY, ("period", "above_one")),
    "Constant": (("constant", "positive"),),
    "Linear": (("bias_amplitude", "positive"), ("slope_amplitude", "positive"), ("shift", "real")),
    "Polynomial": (("bias_amplitude", "positive"), ("slope_amplitude", "positive"),
                   ("shift", "real"), ("exponent", "count")),
    "SpectralMixture": (("logits", "real[2]"), ("locs", "real[2,n]"), ("scales", "positive[2,n]")),
}  # fmt: skip
"""The parameters of the classes of ``tfp.math.psd_kernels``, by name."""

KERNELS: tuple[str, ...] = tuple(KERNEL_TABLE)
"""Names of classes of ``tfp.math.psd_kernels``, from the simplest on."""
