"""`python -m server.crypto` prints fresh secrets as lines for an environment file."""

import secrets
import sys

from server.crypto.keyring import new_keyring_text

sys.stdout.write(f"SECRET_KEY={secrets.token_urlsafe(48)}\n")
sys.stdout.write(f"TAIZHANG_KEYRING={new_keyring_text()}\n")
