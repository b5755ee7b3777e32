"""Each test process stands on its own ground."""

import os

from django.conf import settings


def test_settings_were_read_after_the_worker_got_its_own_ground() -> None:
    assert str(settings.DATA_DIR) == os.environ["DOCFLOW_DATA"]
    assert os.environ["REDIS_URL"] == settings.REDIS_URL
