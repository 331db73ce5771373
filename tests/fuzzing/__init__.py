"""Fuzzing of the readers: starting points, mutations, and what a case must come to.

A case is made from a seed and its number alone, so that any case of any run can be made again.
`tests/test_fuzz.py` runs a thousand, `benchmarks/fuzz.py` as many as it is told.
"""
