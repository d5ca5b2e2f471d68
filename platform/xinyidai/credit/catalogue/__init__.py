"""The data catalogue: every data set, field, unit and code list, as data. What is not in it cannot be stored."""

from xinyidai.credit.catalogue.load import CatalogueFault, catalogue, load
from xinyidai.credit.catalogue.model import Catalogue, Code, Dataset, Field, Metric
from xinyidai.credit.catalogue.titles import Columns, recognise

__all__ = [
    "Catalogue",
    "CatalogueFault",
    "Code",
    "Columns",
    "Dataset",
    "Field",
    "Metric",
    "catalogue",
    "load",
    "recognise",
]
