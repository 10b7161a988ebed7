"""Clone layers, models and symbolic tensors of tf_keras."""

from __future__ import annotations

import tf_keras
from tf_keras.src.engine.keras_tensor import KerasTensor

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.keras_calls import clone_keras_tensor, clone_layer

built_in(tf_keras.layers.Layer)(clone_layer)
built_in(KerasTensor)(clone_keras_tensor)
