"""Tables of people and of what people did."""

from accounts.models.audit import AuditEntry, AuditSeal
from accounts.models.contact import Contact
from accounts.models.factor import Authenticator, RecoveryCode
from accounts.models.installation import IdempotentAnswer, Installation
from accounts.models.secret import ApiKey, OneTimeCode, SecretToken
from accounts.models.session import Session
from accounts.models.user import Group, Organisation, Role, User

__all__ = [
    "ApiKey",
    "AuditEntry",
    "AuditSeal",
    "Authenticator",
    "Contact",
    "Group",
    "IdempotentAnswer",
    "Installation",
    "OneTimeCode",
    "Organisation",
    "RecoveryCode",
    "Role",
    "SecretToken",
    "Session",
    "User",
]
