"""A government as configuration: its folder of files read, checked and handed down as one frozen value."""

from contracts.region.faults import Fault, RegionFault
from contracts.region.load import load_region
from contracts.region.models import Agency, Category, Clock, Holidays, Place, Region, Sms

__all__ = [
    "Agency",
    "Category",
    "Clock",
    "Fault",
    "Holidays",
    "Place",
    "Region",
    "RegionFault",
    "Sms",
    "load_region",
]
