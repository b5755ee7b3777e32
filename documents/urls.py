"""Addresses of documents, tasks, links and the portal."""

from django.urls import path

from documents.views import changing, link, listing, portal, staff, tasks, upload

app_name = "documents"

urlpatterns = [
    path("documents/", listing.documents, name="documents"),
    path("documents/upload/", upload.upload, name="upload"),
    path("documents/upload/clients/", upload.clients, name="clients"),
    path("documents/<uuid:document_id>/", staff.document, name="document"),
    path("documents/<uuid:document_id>/change/", changing.change, name="change"),
    path("documents/<uuid:document_id>/outcome/", upload.outcome, name="outcome"),
    path("documents/<uuid:document_id>/comment/", staff.comment, name="comment"),
    path("documents/<uuid:document_id>/links/<uuid:link_id>/revoke/", staff.revoke_link, name="revoke_link"),
    path("documents/<uuid:document_id>/versions/<int:n>/", staff.version, name="version"),
    path("documents/<uuid:document_id>/versions/<int:n>/file", staff.file, name="file"),
    path("documents/<uuid:document_id>/versions/<int:n>/pages/<int:number>.webp", staff.page, name="page"),
    path("documents/<uuid:document_id>/versions/<int:n>/thumbs/<int:number>.webp", staff.thumbnail, name="thumbnail"),
    path("documents/<uuid:document_id>/<slug:move>/", staff.act, name="act"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<uuid:task_id>/", tasks.task, name="task"),
    path("tasks/<uuid:task_id>/approve/", tasks.approve, name="approve"),
    path("tasks/<uuid:task_id>/return/", tasks.send_back, name="return"),
    path("s/<str:code>", link.landing, name="link_landing"),
    path("s/<str:code>/pages/<int:number>.webp", link.landing_page, name="link_landing_page"),
    path("l/<uuid:link_id>/", link.link, name="link"),
    path("l/<uuid:link_id>/pages/<int:number>.webp", link.page, name="link_page"),
    path("l/<uuid:link_id>/file", link.file, name="link_file"),
    path("l/<uuid:link_id>/code", link.code, name="link_code"),
    path("l/<uuid:link_id>/prove", link.prove, name="link_prove"),
    path("l/<uuid:link_id>/ask", link.ask, name="link_ask"),
    path("l/<uuid:link_id>/not-me", link.not_me, name="link_not_me"),
    path("l/<uuid:link_id>/done", link.done, name="link_done"),
    path("l/<uuid:link_id>/renew", link.renew, name="renew_link"),
    path("l/<uuid:link_id>/seen", link.act, {"name": "seen"}, name="link_seen"),
    path("l/<uuid:link_id>/ack", link.act, {"name": "ack"}, name="link_ack"),
    path("l/<uuid:link_id>/decline", link.act, {"name": "decline"}, name="link_decline"),
    path("portal/", portal.portal, name="portal"),
    path("portal/documents/<uuid:document_id>/", portal.document, name="portal_document"),
    path("portal/documents/<uuid:document_id>/file", portal.file, name="portal_file"),
    path("portal/documents/<uuid:document_id>/done/", portal.done, name="portal_done"),
    path("portal/documents/<uuid:document_id>/pages/<int:number>.webp", portal.page, name="portal_page"),
    path("portal/documents/<uuid:document_id>/<slug:name>/", portal.act, name="portal_act"),
]
