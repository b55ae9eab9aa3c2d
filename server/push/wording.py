"""The words of the channels themselves; those of the notices are in `web/notice_words.py`."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import force_locale
from flask_babel import gettext as _


def buttons(language: str) -> Mapping[str, str]:
    """What the buttons of a notification say, in the order in which they stand."""
    with force_locale("en" if language == "en" else "zh"):
        return {"open": _("打开"), "snooze": _("稍后提醒"), "done": _("办好了")}
