"""The cloners that are found by trees of distributions, bijectors and kernels."""

from __future__ import annotations

from broken_cloners import distributions
from broken_cloners.table import differs, shares
from pytest_tfpclone.architectures import (
    BijectorLeaf,
    Chain,
    Independent,
    Joint,
    KernelLeaf,
    Leaf,
    Process,
)


def tree(verdict, cloner, smallest, **options):
    """Return a cloner that is found by a tree."""
    return verdict(cloner, smallest, draws="distributions", options=options)


COMMON = (
    tree(shares, distributions.copies_by_the_method, Leaf()),
    tree(differs, distributions.copies_singletons, Leaf()),
    tree(differs, distributions.makes_constants_of_variables, Leaf()),
)

RARE = (
    tree(
        shares,
        distributions.shares_a_parameter_of_a_part,
        Independent(distribution=Leaf()),
        kinds=[Leaf, Independent],
        families=["Normal", "Gamma"],
    ),
    tree(
        shares,
        distributions.shares_a_bijector_of_a_chain,
        Chain(bijectors=(BijectorLeaf(), BijectorLeaf())),
        kinds=[BijectorLeaf, Chain],
        bijectors=["Shift", "Scale"],
    ),
    tree(
        shares,
        distributions.shares_the_kernel_of_a_process,
        Process(kernel=KernelLeaf()),
        kinds=[Leaf, Process],
    ),
    tree(
        shares,
        distributions.keeps_what_a_joint_distribution_calls,
        Joint(distributions=(Leaf(),), captures="closure"),
        kinds=[Leaf, Joint],
        families=["Normal", "Gamma"],
        max_depth=1,
    ),
    tree(
        shares,
        distributions.shares_the_variable_of_a_deferred_tensor,
        Leaf(held="transformed_variable"),
        kinds=[Leaf],
    ),
    tree(
        differs,
        distributions.makes_parameters_of_single_precision,
        Leaf(dtype="float64"),
        kinds=[Leaf],
    ),
    tree(
        differs,
        distributions.loses_a_constraint,
        Leaf(held="transformed_variable"),
        kinds=[Leaf],
        families=["Normal"],
    ),
    tree(
        differs,
        distributions.thaws_parameters,
        Leaf(held="frozen_variable"),
        kinds=[Leaf],
        families=["Normal"],
    ),
)
