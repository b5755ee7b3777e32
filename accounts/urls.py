"""Addresses of sign-in, security, people and clients."""

from django.urls import path, re_path

from accounts.views import clients, invitations, profile, reset, security, sign_in

app_name = "accounts"
ACT = r"(?P<act>verify|link|suspend|restore|remove)"
ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.code, name="second_factor"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("reset/", reset.ask, name="reset"),
    path("reset/<str:token>/", reset.new_password, name="new_password"),
    path("invite/<str:token>/", invitations.invitation, name="invitation"),
    path("setup/<str:token>/", invitations.setup, name="setup"),
    path("verify/<str:token>/", invitations.verify, name="verify"),
    path("me/", profile.profile, name="profile"),
    path("me/contacts/", profile.addresses, name="addresses"),
    path("me/contacts/telegram/", profile.telegram, name="telegram"),
    path("me/contacts/<uuid:contact_id>/", profile.address, name="address"),
    path("me/contacts/<uuid:contact_id>/code/", profile.send_code, name="send_code"),
    path("me/contacts/<uuid:contact_id>/remove/", profile.remove_address, name="remove_address"),
    path("me/security/", security.security, name="security"),
    path("me/security/password/", security.password, name="password"),
    path("me/security/totp/", security.totp, name="totp"),
    path("me/security/totp/off/", security.totp_off, name="totp_off"),
    path("me/security/recovery/", security.recovery, name="recovery"),
    path("me/security/sessions/end/", security.end_sessions, name="end_sessions"),
    path("me/security/sessions/<uuid:number>/end/", security.end_session, name="end_session"),
    path("clients/", clients.clients, name="clients"),
    path("clients/new/", clients.new_client, name="new_client"),
    path("clients/<uuid:client_id>/", clients.client, name="client"),
    path("clients/<uuid:client_id>/invite/", clients.invite, name="invite"),
    path("clients/<uuid:client_id>/contacts/", clients.add_contact, name="add_contact"),
    re_path(
        rf"^clients/(?P<client_id>{ID})/contacts/(?P<contact_id>{ID})/{ACT}/$",
        clients.contact_act,
        name="contact_act",
    ),
]
