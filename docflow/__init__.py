"""docflow: documents on their way through processing, approval and signing, and the word that they are ready."""

from docflow.common import garbage

garbage.seldom()
