"""Clone layers, models and symbolic tensors of Keras 3."""

from __future__ import annotations

import keras

from pytest_tfpclone.cloning.dispatch import built_in
from pytest_tfpclone.cloning.keras_calls import clone_keras_tensor, clone_layer

built_in(keras.Operation)(clone_layer)
built_in(keras.KerasTensor)(clone_keras_tensor)
