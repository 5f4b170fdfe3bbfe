"""How the documents of an organization, or of one of its customers, are laid out unless somebody says otherwise."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from invoicing.layouts import Grouping, Layout, SectionOrder, Showing
from tenants.scoping import OrganizationForeignKey, OrganizationOwned

GROUPING_CHOICES = [
    (Grouping.AS_TYPED.value, _("The sections as they are")),
    (Grouping.NOTHING.value, _("No sections")),
    (Grouping.PERSON.value, _("Person")),
    (Grouping.WORK.value, _("Kind of work")),
    (Grouping.PROJECT.value, _("Project")),
    (Grouping.DAY.value, _("Day")),
    (Grouping.WEEK.value, _("Week")),
    (Grouping.MONTH.value, _("Month")),
]
SHOWING_CHOICES = [
    (Showing.LINES.value, _("Every line")),
    (Showing.SUMMARY.value, _("One row for each section")),
]
SECTION_ORDER_CHOICES = [
    (SectionOrder.AS_IT_COMES.value, pgettext_lazy("order of sections", "As they come")),
    (SectionOrder.NAME.value, pgettext_lazy("order of sections", "By name")),
    (SectionOrder.AMOUNT.value, pgettext_lazy("order of sections", "Largest amount first")),
]


class LayoutDefaults(OrganizationOwned):
    """The layout that new drafts begin with: of the whole organization, or of one customer in its place."""

    customer = OrganizationForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+")
    group_by = models.CharField(_("Group the lines by"), max_length=10, choices=GROUPING_CHOICES, blank=True)
    shows = models.CharField(_("Print"), max_length=10, choices=SHOWING_CHOICES, default=Showing.LINES.value)
    order = models.CharField(_("Order of the sections"), max_length=10, choices=SECTION_ORDER_CHOICES, blank=True)
    hides_headings = models.BooleanField(_("No headings over the sections"), default=False)
    omits_specification = models.BooleanField(_("No list of the lines at the end of the PDF"), default=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer"], nulls_distinct=False, name="one_layout_for_each_customer"
            ),
            models.CheckConstraint(
                condition=Q(
                    group_by__in=[each.value for each in Grouping],
                    shows__in=[each.value for each in Showing],
                    order__in=[each.value for each in SectionOrder],
                ),
                name="layout_is_known",
            ),
        ]

    @property
    def layout(self) -> Layout:
        """What the row says."""
        return Layout(
            group_by=self.group_by,
            shows=self.shows,
            order=self.order,
            hides_headings=self.hides_headings,
            omits_specification=self.omits_specification,
        )
