"""Addresses of the API of documents."""

from django.urls import path

from documents import api

urlpatterns = [
    path("documents", api.Documents.as_view(), name="api_documents"),
    path("documents/<uuid:document_id>", api.OneDocument.as_view(), name="api_document"),
    path("documents/<uuid:document_id>/file", api.Original.as_view(), name="api_file"),
    path("documents/<uuid:document_id>/versions", api.Versions.as_view(), name="api_versions"),
    path("documents/<uuid:document_id>/approve", api.Approve.as_view(), name="api_approve"),
    path("documents/<uuid:document_id>/return", api.Return.as_view(), name="api_return"),
    path("documents/<uuid:document_id>/recall", api.Recall.as_view(), name="api_recall"),
    path("documents/<uuid:document_id>/retry", api.Retry.as_view(), name="api_retry"),
    path("documents/<uuid:document_id>/archive", api.Archive.as_view(), name="api_archive"),
]
