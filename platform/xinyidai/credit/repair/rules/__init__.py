"""How long a record is displayed and from when a repair may be asked for: dated rules as data."""

from xinyidai.credit.repair.rules.apply import Display, display_of
from xinyidai.credit.repair.rules.load import Bounds, ClassRules, DisplayRules, Version, display_rules, load

__all__ = ["Bounds", "ClassRules", "Display", "DisplayRules", "Version", "display_of", "display_rules", "load"]
