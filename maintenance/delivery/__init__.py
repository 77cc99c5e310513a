"""
The five DORA metrics of one service, as pure functions over its deployments.

After DORA's guide to its metrics (2026-01-05). D are the production deployments of one
service that finished in the period; what stopped before it touched production is none of
them, a rollback is one. A deployment has failed or it has not, so that a rate never passes
100 %. What is declared makes the figure; what is only inferred from the time makes the upper
bound beside it. Where there is nothing to divide by, there is no figure.
"""

from maintenance.delivery.arrivals import Arrival, Change, Known, without_rollbacks
from maintenance.delivery.figures import (
    Figures,
    Frequency,
    LeadTime,
    Rate,
    Recovery,
    Week,
    figures_of,
)
from maintenance.delivery.statistics import median, percentile, wilson

__all__ = [
    "Arrival",
    "Change",
    "Figures",
    "Frequency",
    "Known",
    "LeadTime",
    "Rate",
    "Recovery",
    "Week",
    "figures_of",
    "median",
    "percentile",
    "wilson",
    "without_rollbacks",
]
