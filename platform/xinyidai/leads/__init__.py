"""A need put before a lender: ranking, routing, answers."""
