"""Public credit data."""

import pytest

# A history that ends differently tells in what.
pytest.register_assert_rewrite("tests.credit.credit_history")
