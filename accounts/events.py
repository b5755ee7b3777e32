"""Facts that accounts can record."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import Action, declare

PERSON = "user"

declare(
    Action("person.added", _("Person added"), PERSON),
    Action("person.invited", _("Person invited"), PERSON),
    Action("person.joined", _("Invitation accepted"), PERSON),
    Action("person.changed", _("Person changed"), PERSON),
    Action("person.roles_changed", _("Roles changed"), PERSON),
    Action("person.disabled", _("Person disabled"), PERSON),
    Action("person.enabled", _("Person enabled"), PERSON),
    Action("person.signed_in", _("Signed in"), PERSON),
    Action("person.sign_in_refused", _("Sign-in refused"), PERSON),
    Action("person.signed_out", _("Signed out"), PERSON),
    Action("person.sessions_ended", _("Sessions ended"), PERSON),
    Action("person.locked_out", _("Sign-in locked for a time"), PERSON),
    Action("person.password_changed", _("Password changed"), PERSON),
    Action("person.password_reset_asked", _("Password reset asked for"), PERSON),
    Action("person.second_factor_added", _("Second factor added"), PERSON),
    Action("person.second_factor_removed", _("Second factor removed"), PERSON),
    Action("person.recovery_codes_made", _("Recovery codes made"), PERSON),
    Action("person.recovery_code_used", _("Recovery code used"), PERSON),
    Action("contact.added", _("Contact added"), "contact"),
    Action("contact.verified", _("Contact verified"), "contact"),
    Action("contact.removed", _("Contact removed"), "contact"),
    Action("contact.suspended", _("Contact does not work"), "contact"),
    Action("contact.doubted", _("Contact is doubtful"), "contact"),
    Action("contact.restored", _("Contact works again"), "contact"),
    Action("key.made", _("API key made"), "key"),
    Action("key.revoked", _("API key revoked"), "key"),
    Action("journal.exported", _("Journal exported"), "journal"),
    Action("organisation.changed", _("Client organisation changed"), "organisation"),
    Action("group.changed", _("Group changed"), "group"),
    Action("installation.changed", _("Settings of the organisation changed"), "installation"),
    Action("installation.set_up", _("First administrator set up"), PERSON),
)
