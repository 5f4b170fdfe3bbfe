"""Which adapter carries an organization's documents."""

from __future__ import annotations

from uuid import UUID

from foundation.encryption import open_seal
from invoicing.delivery.peppol.folder import FolderCarrier
from invoicing.delivery.peppol.hosted import HostedCarrier
from invoicing.delivery.peppol.phoss import PhossCarrier
from invoicing.delivery.peppol.port import Carrier
from invoicing.models import AccessPoint, AccessPointKind


def carrier_of(organization_id: UUID, access_point: AccessPoint | None) -> Carrier:
    """The adapter for the organization's access point; without one, the installation's folder."""
    if access_point is None or access_point.kind == AccessPointKind.FOLDER:
        return FolderCarrier(organization_id)
    sealed = access_point.token_sealed
    token = open_seal(sealed, organization_id=organization_id, column=AccessPoint.TOKEN_COLUMN) if sealed else ""
    if access_point.kind == AccessPointKind.PHOSS:
        return PhossCarrier(access_point.address, token)
    return HostedCarrier(access_point.address, access_point.account, token)
