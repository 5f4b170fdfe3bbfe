"""The files of a document as a worker hands them over."""

from __future__ import annotations

from foundation import files
from foundation.transactions import read_only
from invoicing import queries
from invoicing.dispatching.plain import Parcel
from tenants import queries as tenants


def file_of(parcel: Parcel, kind: str) -> bytes:
    """The bytes of one file of the parcel's document, as they were made; 404 where there is none."""
    with read_only():
        organization = tenants.get_open_organization(parcel.organization_id)
        row = queries.get_file(organization, parcel.subject_id, kind)
    return files.load(str(parcel.organization_id), row.sha256)
