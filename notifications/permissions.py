"""Who may look at deliveries and send again; pure predicates and one batched filter."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from accounts.audit import Actor, person
from accounts.models import Role
from accounts.permissions import has_role
from notifications.models import Delivery


def may_see_log(by: Actor) -> bool:
    """All deliveries of the installation."""
    return has_role(by, Role.STAFF, Role.OPERATOR, Role.ADMINISTRATOR)


def may_resend(by: Actor) -> bool:
    return has_role(by, Role.STAFF, Role.OPERATOR, Role.ADMINISTRATOR)


def visible_to(by: Actor) -> QuerySet[Delivery]:
    """Deliveries this actor may see: all for those who keep the log, else one's own."""
    if may_see_log(by):
        return Delivery.objects.all()
    user = person(by)
    return Delivery.objects.filter(Q(notification__user=user)) if user and user.is_active else Delivery.objects.none()


def visible(by: Actor, deliveries: Sequence[Delivery]) -> bool:
    """Whether all of these may be seen."""
    ids = {delivery.pk for delivery in deliveries}
    return visible_to(by).filter(pk__in=ids).count() == len(ids)
