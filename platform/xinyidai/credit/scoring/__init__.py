"""The scorecard: a pure function from indicator values to a score that explains itself; its history and upkeep."""
