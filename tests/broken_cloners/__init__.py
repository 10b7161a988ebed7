"""Cloners that are each wrong in one way that has happened in real code.

Each takes a model and returns a clone that is right but for one part. Where the model
lacks that part, it is right altogether.
"""
