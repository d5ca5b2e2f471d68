"""Which records count: what was repaired or has run its time is shown to nobody and enters no score.

Source: rules.md of the domain, section 8; the periods themselves are set on the rows by their rule's version.
"""

DISPLAYED = "(e.repaired_at is null and e.hidden_at is null and (e.display_until is null or e.display_until > :as_of))"
"""SQL condition on ``credit_events e`` with the parameter ``as_of`` (a business date)."""
