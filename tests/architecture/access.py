"""Who may open what: one row for every route. A route without a row fails the build."""

NOBODY: frozenset[str] = frozenset()
CLIENT = frozenset({"client"})
ADMINISTRATOR = frozenset({"administrator"})
DESK = ADMINISTRATOR | {"operator"}
CHANGES = ADMINISTRATOR | {"staff"}
SEES_CLIENTS = CHANGES | {"operator"}
INTERNAL = SEES_CLIENTS | {"approver"}
SIGNED_IN = INTERNAL | CLIENT
OWES = frozenset({"unverified"})
"""Staff who still owe the second factor."""
EVERYBODY = SIGNED_IN | OWES | {"anonymous"}
ROLES = sorted(EVERYBODY)

PAGES: dict[str, frozenset[str]] = {
    "home": SIGNED_IN,
    "set_language": EVERYBODY,
    "set_theme": EVERYBODY,
    "healthz": EVERYBODY,
    "readyz": EVERYBODY,
    # people
    "accounts:sign_in": EVERYBODY,
    "accounts:sign_out": EVERYBODY,
    "accounts:reset": EVERYBODY,
    "accounts:new_password": EVERYBODY,
    "accounts:invitation": EVERYBODY,
    "accounts:setup": EVERYBODY,
    "accounts:verify": EVERYBODY,
    "accounts:totp": SIGNED_IN | OWES,
    "accounts:profile": SIGNED_IN,
    "accounts:addresses": SIGNED_IN,
    "accounts:telegram": SIGNED_IN,
    "accounts:address": SIGNED_IN,
    "accounts:send_code": SIGNED_IN,
    "accounts:remove_address": SIGNED_IN,
    "accounts:security": SIGNED_IN,
    "accounts:password": SIGNED_IN,
    "accounts:totp_off": SIGNED_IN,
    "accounts:recovery": SIGNED_IN,
    "accounts:end_session": SIGNED_IN,
    "accounts:end_sessions": SIGNED_IN,
    "accounts:clients": SEES_CLIENTS,
    "accounts:client": SEES_CLIENTS,
    "accounts:new_client": CHANGES,
    "accounts:invite": CHANGES,
    "accounts:add_contact": CHANGES,
    "accounts:contact_act": CHANGES,
    # documents
    "documents:documents": INTERNAL,
    "documents:upload": CHANGES,
    "documents:clients": CHANGES,
    "documents:document": INTERNAL,
    "documents:change": INTERNAL,
    "documents:outcome": INTERNAL,
    "documents:comment": INTERNAL,
    "documents:revoke_link": INTERNAL,
    "documents:version": INTERNAL,
    "documents:file": INTERNAL,
    "documents:page": INTERNAL,
    "documents:thumbnail": INTERNAL,
    "documents:act": INTERNAL,
    "documents:tasks": INTERNAL,
    "documents:task": INTERNAL,
    "documents:approve": INTERNAL,
    "documents:return": INTERNAL,
    "documents:link_landing": EVERYBODY,
    "documents:link_landing_page": EVERYBODY,
    "documents:link": EVERYBODY,
    "documents:link_page": EVERYBODY,
    "documents:link_file": EVERYBODY,
    "documents:link_code": EVERYBODY,
    "documents:link_prove": EVERYBODY,
    "documents:link_ask": EVERYBODY,
    "documents:link_not_me": EVERYBODY,
    "documents:link_done": EVERYBODY,
    "documents:renew_link": EVERYBODY,
    "documents:link_seen": EVERYBODY,
    "documents:link_ack": EVERYBODY,
    "documents:link_decline": EVERYBODY,
    "documents:portal": CLIENT,
    "documents:portal_document": CLIENT,
    "documents:portal_file": CLIENT,
    "documents:portal_done": CLIENT,
    "documents:portal_page": CLIENT,
    "documents:portal_act": CLIENT,
    # messages
    "notifications:resend": SEES_CLIENTS,
    "notifications:plan_again": SEES_CLIENTS,
    "desk:triggers": ADMINISTRATOR,
    "desk:trigger_new": ADMINISTRATOR,
    "desk:trigger_new_preview": ADMINISTRATOR,
    "desk:trigger": ADMINISTRATOR,
    "desk:trigger_preview": ADMINISTRATOR,
    "desk:trigger_switch": ADMINISTRATOR,
    "desk:trigger_runs": ADMINISTRATOR,
    "desk:texts": ADMINISTRATOR,
    "desk:text": ADMINISTRATOR,
    "desk:text_preview": ADMINISTRATOR,
    "desk:text_restore": ADMINISTRATOR,
    "desk:channels": ADMINISTRATOR,
    "desk:channel": ADMINISTRATOR,
    "desk:channel_switch": ADMINISTRATOR,
    "desk:channel_test": ADMINISTRATOR,
    "desk:channel_webhook": ADMINISTRATOR,
    "desk:deliveries": DESK,
    "desk:deliveries_export": DESK,
    "desk:deliveries_resend": DESK,
    "desk:delivery": DESK,
    "desk:delivery_decide": DESK,
    # administration
    "admin:index": DESK,
    "admin:login": DESK,
    "admin:logout": EVERYBODY,  # leads to the first page
    "admin:password_change": DESK,  # leads to one's own security
    "admin:password_change_done": DESK,
    "admin:jsi18n": DESK,
    "admin:view_on_site": DESK,
    "admin:app_list": DESK,
    "admin:person_act": ADMINISTRATOR,
    "admin:autocomplete": NOBODY,
}

ADMIN_MODELS: dict[str, frozenset[str]] = {
    "accounts_user": ADMINISTRATOR,
    "accounts_group": ADMINISTRATOR,
    "accounts_organisation": ADMINISTRATOR,
    "accounts_installation": ADMINISTRATOR,
    "accounts_apikey": ADMINISTRATOR,
    "accounts_auditentry": ADMINISTRATOR,
    "documents_documenttype": ADMINISTRATOR,
    "documents_document": ADMINISTRATOR,
}

CLOSED_IN_ADMIN = frozenset(
    {
        *(f"{model}_delete" for model in ADMIN_MODELS),
        "accounts_auditentry_add",
        "accounts_installation_add",
        "documents_document_add",
    }
)
"""What nobody may do in the administration, whatever the model."""

SIGNED = frozenset({"notifications:twilio_status", "notifications:telegram"})
"""Call-backs of providers: open to a right signature alone."""

API: dict[tuple[str, str], str] = {
    ("metrics", "GET"): "metrics:read",
    ("schema", "GET"): "schema:read",
    ("api-document-deliveries", "GET"): "deliveries:read",
    ("api-delivery-resend", "POST"): "deliveries:write",
    ("api_documents", "GET"): "documents:read",
    ("api_documents", "POST"): "documents:write",
    ("api_document", "GET"): "documents:read",
    ("api_document", "PATCH"): "documents:write",
    ("api_file", "GET"): "documents:read",
    ("api_versions", "POST"): "documents:write",
    ("api_approve", "POST"): "documents:approve",
    ("api_return", "POST"): "documents:approve",
    ("api_recall", "POST"): "documents:write",
    ("api_retry", "POST"): "documents:write",
    ("api_archive", "POST"): "documents:write",
}
