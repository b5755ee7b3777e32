"""Pages of people: thin functions, one use case each."""

from django.forms import Form

from docflow.common.errors import Refused


def show(form: Form, refused: Refused) -> int:
    """Put a refusal beside the field it speaks of, or on top of the form; the status for the answer."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
    return refused.status
