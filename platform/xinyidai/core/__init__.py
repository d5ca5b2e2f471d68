"""Ground floor: database, clock, ids, money, errors, languages. Knows no domain."""
