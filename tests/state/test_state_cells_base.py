"""What a kind of cell must be able to do."""

from __future__ import annotations

import pytest

from pytest_tfpclone.state.cells.base import Cell, DataCell, cell_of, kind


class Gauge:
    pass


class FineGauge(Gauge):
    pass


def complete(*left_out):
    methods = {"label", "fingerprint", "backup", "write"} - set(left_out)
    body = {name: (lambda self, name=name: name) for name in methods}
    if "label" in body:
        body["label"] = property(lambda self: "a gauge")
    body["kind"] = "gauge"
    return type("GaugeCell", (DataCell,), body)


@pytest.mark.parametrize("method", ["label", "fingerprint", "backup", "write"])
def test_a_kind_that_lacks_a_method_can_not_be_used(method):
    with pytest.raises(TypeError, match=method):
        complete(method)(Gauge())


def test_what_a_kind_need_not_say():
    cell = complete()(gauge := Gauge())
    assert cell.identity == id(gauge)
    assert cell.nudge(0) is None
    assert not cell.is_floating
    assert not cell.is_tensorflow
    assert cell.take(cell) is None
    with pytest.raises(TypeError, match="a gauge is no array"):
        cell.numpy()
    assert cell.show() == cell.label


def test_a_label_that_a_kind_inherits_is_an_attribute_like_its_own():
    body = {name: (lambda self: None) for name in ("fingerprint", "backup", "write")}
    body["label"] = property(lambda self: super(made, self).label or "a gauge without a name")
    made = type("GaugeCell", (DataCell,), body)
    assert made(Gauge()).label == "a gauge without a name"


def test_a_kind_is_registered_for_a_type_and_its_subclasses():
    assert cell_of(FineGauge()) is None
    made = kind(Gauge)(complete())
    assert type(cell_of(Gauge())) is type(cell_of(FineGauge())) is made
    fine = kind(FineGauge)(complete())
    assert type(cell_of(FineGauge())) is fine
    assert type(cell_of(Gauge())) is made
    assert type(cell_of(Gauge())) is made, "asked again"
    assert issubclass(made, Cell)
    nothing = type("Nothing", (made,), {"of": staticmethod(lambda value: None)})
    kind(FineGauge)(nothing)
    assert cell_of(FineGauge()) is None
