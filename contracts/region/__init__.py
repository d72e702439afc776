"""A government as configuration: its folder of files read, checked and handed down as one frozen value."""

from contracts.region.faults import FileFault, RegionFault
from contracts.region.load import load_region
from contracts.region.models import Agency, Category, Clock, Holidays, Region, RegionPlace, Sms

__all__ = [
    "Agency",
    "Category",
    "Clock",
    "FileFault",
    "Holidays",
    "Region",
    "RegionFault",
    "RegionPlace",
    "Sms",
    "load_region",
]
