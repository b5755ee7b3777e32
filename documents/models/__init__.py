"""What the documents app keeps."""

from documents.models.document import Comment, Document, Priority
from documents.models.link import Link, LinkOpening
from documents.models.types import (
    ClientSees,
    Confirm,
    DocumentType,
    LinkAccess,
    RequiredField,
    RouteStep,
    StepKind,
)
from documents.models.version import DocumentText, DocumentVersion, PagePicture
from documents.models.work import Step, Task

__all__ = [
    "ClientSees",
    "Comment",
    "Confirm",
    "Document",
    "DocumentText",
    "DocumentType",
    "DocumentVersion",
    "Link",
    "LinkAccess",
    "LinkOpening",
    "PagePicture",
    "Priority",
    "RequiredField",
    "RouteStep",
    "Step",
    "StepKind",
    "Task",
]
