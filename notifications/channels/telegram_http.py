"""The transport under python-telegram-bot: one loop thread per process, kept connections, one deadline."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
from telegram._utils.defaultvalue import DEFAULT_NONE
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from notifications.channels.base import ANSWER_LIMIT
from notifications.channels.wire import CONNECT

KEY_HEADER = "X-Docflow-Key"
