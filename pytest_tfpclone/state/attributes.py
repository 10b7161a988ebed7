"""Read an object's attributes, from its ``__dict__`` and slots, past any code of its class.

Steps are named as a user would write them: a private attribute that a property
just returns gets the property's name, and a Keras model's layers are counted.
"""

from __future__ import annotations

import gc
import types
from typing import Any, TypeAlias

from pytest_tfpclone.state import kinds

Step: TypeAlias = str | tuple[str, ...]
Edge: TypeAlias = tuple[Step, Any]
Edges: TypeAlias = list[Edge]

# Keras' record of every call of a layer, also by other models. A model holds the nodes of
# its own graph itself; following these would lead to models that only use the same layer.
_LINKS = ("_inbound_nodes", "_inbound_nodes_value", "_outbound_nodes", "_outbound_nodes_value")
_DICT_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)


class _Plan:
    """How to read the instances of one class."""

    __slots__ = (
        "aliases", "dict_of", "hidden", "layers", "opaque", "sequential", "settable", "slots",
    )  # fmt: skip

    def __init__(self, kind: type) -> None:
        self.slots = [
            (name, member)
            for base in kinds.bases(kind)
            for name, member in kinds.namespace(base).items()
            if type(member) is types.MemberDescriptorType
            and name not in ("__dict__", "__weakref__")
        ]
        self.settable = bool(self.slots) and any(
            "__slots__" in kinds.namespace(base) for base in kinds.bases(kind)
        )
        self.dict_of = dict_descriptor(kind)
        self.aliases = _public_aliases(kind)
        self.layers = _layer_list(kind)
        self.sequential = any(kinds.name(base) == "Sequential" for base in kinds.bases(kind))
        self.hidden = self.dict_of is None and type.__getattribute__(kind, "__dictoffset__") != 0
        self.opaque = self.dict_of is None and not self.slots and not self.hidden


@kinds.per_kind
def _plan(kind: Any) -> _Plan:
    return _Plan(kind)


def _plan_of(value: object) -> _Plan:
    kind: Any = type(value)
    return _plan(kind)


def _public_aliases(kind: type) -> dict[str, str]:
    """Return private attribute -> property, where the property returns just that attribute."""
    aliases: dict[str, str] = {}
    for base in kinds.bases(kind):
        for name, member in kinds.namespace(base).items():
            if type(member) is not property or name.startswith("_"):
                continue
            names = getattr(getattr(member.fget, "__code__", None), "co_names", ())
            for private in names if names in ((f"_{name}",), (f"_{name}_",)) else ():
                aliases.setdefault(private, name)
    return aliases


def _layer_list(kind: type) -> str | None:
    """Return the attribute in which a Keras model lists its layers."""
    for base in kinds.bases(kind):
        if kinds.name(base) != "Model":
            continue
        if kinds.module(base).startswith("tf_keras."):
            return "_self_tracked_trackables"
        if kinds.module(base).startswith("keras."):
            return "_layers"
    return None


def is_keras_model(kind: Any) -> bool:
    """Return whether a class is a model of tf_keras or Keras 3."""
    return _plan(kind).layers is not None


def dict_descriptor(kind: Any) -> Any:
    """Return the descriptor of the dict of a class's instances, past a property of that name."""
    for base in kinds.bases(kind):
        found: Any = kinds.namespace(base).get("__dict__")
        # A class made of another's namespace has a descriptor that is of no use to it.
        if type(found) in _DICT_DESCRIPTORS and found.__objclass__ is base:
            return found
    return None


def _namespace(value: object) -> dict[str, Any]:
    return attributes(value) or {}


def attribute_edges(value: object) -> Edges:
    """Return the attributes of an object, public ones first."""
    plan = _plan_of(value)
    public: Edges = []
    private: Edges = []
    if plan.dict_of is not None or plan.hidden:
        namespace = _namespace(value)
        if namespace is value:  # an attribute dictionary: its items are listed as items
            namespace = {}
        aliases = plan.aliases
        if plan.layers is not None:
            public += _layer_edges(namespace.get(plan.layers), plan.sequential)
            public += _call_edges(namespace.get("_nodes_by_depth"))
        for name, item in dict.items(namespace):
            if type(name) is not str or name in _LINKS:
                continue
            if name[:1] != "_":
                public.append((f".{name}", item))
            elif name in aliases and aliases[name] not in namespace:
                public.append((f".{aliases[name]}", item))
            else:
                private.append((f".{name}", item))
    for name, member in plan.slots:
        try:
            item = member.__get__(value, type(value))
        except (AttributeError, TypeError):
            continue
        if name not in _LINKS:
            shown = plan.aliases.get(name, name)
            (private if shown.startswith("_") else public).append((f".{shown}", item))
    return public + private


def _layer_edges(tracked: Any, sequential: bool) -> Edges:
    """Return ``.layers[i]`` as Keras counts: a Sequential leaves out its input layer."""
    if not isinstance(tracked, list):
        return []
    layers = [
        item
        for item in list.__iter__(tracked)
        if any(kinds.name(base) == "Layer" for base in kinds.bases(type(item)))
    ]
    if sequential and layers and type(layers[0]).__name__ == "InputLayer":
        del layers[0]
    return [((".layers", f"[{i}]"), layer) for i, layer in enumerate(layers)]


def _call_edges(nodes_by_depth: Any) -> Edges:
    """Return the layers that a functional model calls, in order: a tied one comes twice."""
    if not issubclass(type(nodes_by_depth), dict):
        return []
    depths = sorted(dict.items(nodes_by_depth), key=lambda item: -item[0])
    nodes = [_namespace(node) for _, same_depth in depths for node in same_depth]
    called = [node.get("layer", node.get("operation")) for node in nodes]
    layers = [
        layer for layer in called if kinds.name(type(layer)) not in ("InputLayer", "NoneType")
    ]
    return [((".<call>", f"[{i}]"), layer) for i, layer in enumerate(layers)]


def has_attributes(value: object) -> bool:
    """Return whether an object has attributes of its own, in a dict or in slots."""
    return bool(_plan_of(value).slots) or bool(_namespace(value))


def has_settable_attributes(value: object) -> bool:
    """Return whether an object has attributes that can be set: not the members of a C type."""
    return bool(attributes(value)) or _plan_of(value).settable


def attributes(value: object) -> dict[str, Any] | None:
    """Return the ``__dict__`` of an object itself, not a copy; None if it has none."""
    plan = _plan_of(value)
    if plan.hidden:
        return _hidden_attributes(value)
    if plan.dict_of is None:
        return None
    try:
        namespace = plan.dict_of.__get__(value)
    except AttributeError:
        return None
    return namespace if issubclass(type(namespace), dict) else None


def _hidden_attributes(value: object) -> dict[str, Any] | None:
    """Return what a class with a ``__dict__`` of its own hides, as ``copy`` finds it."""
    state: Any = object.__getstate__(value)
    namespace: dict[str, Any] | None = state[0] if type(state) is tuple else state
    return namespace


def set_attributes(value: object, namespace: dict[str, Any]) -> None:
    """Make a dict the ``__dict__`` of an object, past any code of its class."""
    _plan_of(value).dict_of.__set__(value, namespace)


def has_slots(kind: Any) -> bool:
    """Return whether instances of a class have slots, whatever is in them."""
    return bool(_plan(kind).slots)


def slot_values(value: object) -> list[tuple[Any, Any]]:
    """Return the slots of an object that are set: (descriptor, value)."""
    found = []
    for _, member in _plan_of(value).slots:
        try:
            found.append((member, member.__get__(value, type(value))))
        except (AttributeError, TypeError):
            continue
    return found


def unset_slots(value: object) -> list[Any]:
    """Return the descriptors of the slots of an object that are not set."""
    unset = []
    for _, member in _plan_of(value).slots:
        try:
            member.__get__(value, type(value))
        except AttributeError:
            unset.append(member)
        except TypeError:
            continue
    return unset


def instance_edges(value: object) -> Edges:
    """Return the attributes of an object; what the collector sees where there are none."""
    if _plan_of(value).opaque:
        return [
            (f".<reference {i}>", referent)
            for i, referent in enumerate(gc.get_referents(value))
            if not isinstance(referent, (type, types.ModuleType))
        ]
    return attribute_edges(value)
