#!/usr/bin/env python
"""Entry point for every management command."""

import os
import sys

from django.core.management import execute_from_command_line

from docflow.servers import up

if __name__ == "__main__":
    if sys.argv[1:2] == ["up"]:  # it makes what the settings need
        sys.exit(up.main(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "docflow.settings")
    execute_from_command_line(sys.argv)
