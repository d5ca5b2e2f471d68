"""How hard Hypothesis tries: 2,000 examples a law on CI, fewer at a desk."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "laws",
    max_examples=2000 if os.environ.get("CI") else 100,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("laws")
