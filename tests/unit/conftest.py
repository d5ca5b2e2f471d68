"""Settings shared by the unit tests."""

from hypothesis import settings

# Tables are read at first use and machines are busy: how long one example takes says nothing here.
settings.register_profile("unit", deadline=None)
settings.load_profile("unit")
