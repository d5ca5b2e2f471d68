"""The 86 indicators: declared as data, computed by one SQL text for the whole city or for some enterprises."""

from xinyidai.credit.indicators.load import ScorecardFault, load, scorecard
from xinyidai.credit.indicators.model import Bin, Dimension, Indicator, Scorecard, State

__all__ = ["Bin", "Dimension", "Indicator", "Scorecard", "ScorecardFault", "State", "load", "scorecard"]
