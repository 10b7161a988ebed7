"""Compare what is no state cell: numbers, texts, constants, code."""

from __future__ import annotations

import enum
import re
import types
import weakref
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.ops import EagerTensor
from tensorflow.python.ops.lookup_ops import InitializableLookupTableBase

from pytest_tfpclone.state import kinds
from pytest_tfpclone.state.edges import makes_values
from pytest_tfpclone.words import a

_UNIQUIFIER = re.compile(r"_\d+(?=$|[_/:.])")
_SKIPPED = (types.ModuleType, types.CodeType)
_DESCRIPTORS = (
    types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType,
    types.GetSetDescriptorType, types.MemberDescriptorType,
)  # fmt: skip


def differs(left: Any, right: Any) -> str | None:
    """Return in words how two leaves or constants differ, or None if they don't.

    Modules, locks and symbolic tensors are not compared.
    """
    kind: Any = type(left)
    if left is right or issubclass(kind, _SKIPPED):
        return None
    if kind is not type(right):
        return f"{shown(left)} became {shown(right)}"
    if issubclass(kind, (bool, int, str, bytes, enum.Enum, range, slice, np.dtype, re.Pattern)):
        return None if left == right else f"{shown(left)} became {shown(right)}"
    if issubclass(kind, (np.ufunc, *_DESCRIPTORS)):
        return None if _described(left) == _described(right) else f"{left!r} became {right!r}"
    if issubclass(kind, InitializableLookupTableBase):
        return _table_difference(left, right)
    if issubclass(kind, tf.TensorSpec):  # their names are made unique
        left, right = (tf.TensorSpec(each.shape, each.dtype) for each in (left, right))
    if issubclass(kind, tf.TypeSpec):
        return _differs_by_value(left, right)
    if issubclass(kind, (float, complex, np.generic)):
        return None if repr(left) == repr(right) else f"{shown(left)} became {shown(right)}"
    if issubclass(kind, type):
        same = left.__module__ == right.__module__ and left.__qualname__ == right.__qualname__
        return None if same else f"{shown(left)} became {shown(right)}"
    if issubclass(kind, tf.DType):
        return f"{shown(left)} became {shown(right)}"
    if issubclass(kind, tf.TensorShape):
        return None if str(left) == str(right) else f"{left} became {right}"
    if issubclass(kind, EagerTensor):
        return _tensor_difference(left, right)
    if issubclass(kind, np.ndarray) and not left.dtype.hasobject:
        return _array_difference(left, right)
    if kinds.is_keras(kind, "DTypePolicy", "Policy"):
        return None if left.name == right.name else f"{left.name} became {right.name}"
    return _differs_by_value(left, right) if makes_values(kind) else None


def _described(value: Any) -> tuple[str, str]:
    """Return the names by which a function or a descriptor of C code is known."""
    return getattr(value, "__qualname__", value.__name__), str(getattr(value, "__objclass__", ""))


def shown(value: Any) -> str:
    """Return a plain value as short text, and of anything else what it is."""
    if isinstance(value, type):
        return f"class {value.__name__}"
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, np.generic)):
        text = repr(value)
        return text if len(text) <= 48 else text[:45] + "..."
    return a(kinds.name(type(value)))


def _table_difference(left: Any, right: Any) -> str | None:
    """Compare two static tables, where TensorFlow lets their entries be read."""
    if not hasattr(left, "export") or not hasattr(right, "export"):
        return None
    ours, theirs = (
        dict(zip(*(part.numpy().tolist() for part in each.export()), strict=True))
        for each in (left, right)
    )
    if ours == theirs:
        return None
    changed = [key for key in ours if key not in theirs or ours[key] != theirs[key]]
    return f"a static table with {len(changed) or len(theirs) - len(ours)} other entries"


def _tensor_difference(left: Any, right: Any) -> str | None:
    if left.dtype != right.dtype:
        return f"{left.dtype.name} became {right.dtype.name}"
    if left.dtype in (tf.resource, tf.variant):
        return None
    return _array_difference(left.numpy(), right.numpy())


def _array_difference(left: Any, right: Any) -> str | None:
    left, right = np.asarray(left), np.asarray(right)
    if left.dtype != right.dtype:
        return f"{left.dtype} became {right.dtype}"
    if left.shape != right.shape:
        return f"shape {list(left.shape)} became {list(right.shape)}"
    if left.dtype.hasobject:
        return None if left.tolist() == right.tolist() else "the elements differ"
    if left.tobytes() == right.tobytes():
        return None
    different = left != right
    place = tuple(int(i) for i in np.argwhere(different)[0]) if np.any(different) else ()
    index = f"[{', '.join(map(str, place))}]" if place else ""
    return f"the constant{index} {left[place]} became {right[place]}"


def are_renamed(left: str, right: str) -> bool:
    """Return whether two names differ only in the numbers that make Keras names unique."""
    return _UNIQUIFIER.sub("", left) == _UNIQUIFIER.sub("", right)


def _differs_by_value(left: Any, right: Any) -> str | None:
    try:
        same = bool(left == right) or repr(left) == repr(right)  # a NaN is not equal to itself
    except Exception:
        return None
    return None if same else f"{left!s:.48} became {right!s:.48}"


def are_one_type(left: Any, right: Any) -> bool:
    """Return whether two classes are the same, or made twice from the same code."""
    if left is right or (issubclass(left, weakref.ref) and issubclass(right, weakref.ref)):
        return True
    same = kinds.module(left) == kinds.module(right)
    return same and _qualified(left) == _qualified(right)


def _qualified(kind: Any) -> str:
    return str(type.__dict__["__qualname__"].__get__(kind))


_CODED = (types.FunctionType, types.BuiltinFunctionType)


def same_code(left: Any, right: Any) -> bool:
    """Return whether two functions, of Python or C code, or methods of such run the same code."""
    if type(left) is types.MethodType:
        ours, theirs = left.__func__, right.__func__
        if type(ours) is not type(theirs):
            return False
        return type(ours) not in _CODED or same_code(ours, theirs)
    if type(left) is not types.FunctionType:
        return bool(left.__qualname__ == right.__qualname__ and left.__module__ == right.__module__)
    if left.__qualname__ != right.__qualname__:  # decorators give one code to many functions
        return False
    return left.__code__ is right.__code__ or left.__code__ == right.__code__
