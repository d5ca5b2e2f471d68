from tests.own_database import own_database, own_engine, wide_engine

__all__ = ["own_database", "own_engine", "wide_engine"]
