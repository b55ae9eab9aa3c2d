#!/bin/sh
# Sees to what the tests need beside Python and Node: PostgreSQL's programs, Chromium, a Chinese font.
# As root on Debian it installs what is absent; otherwise it says what to install, and stops.
set -eu

has_postgresql() {
    [ -n "${TEST_DATABASE_URL:-}" ] || command -v initdb >/dev/null ||
        ls /usr/lib/postgresql/*/bin/initdb /opt/homebrew/opt/postgresql*/bin/initdb \
            /usr/local/opt/postgresql*/bin/initdb 2>/dev/null | grep -q .
}

has_chromium() {
    [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
        command -v google-chrome >/dev/null ||
        [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]
}

has_chinese_font() {
    [ "$(uname)" = Darwin ] || fc-list :lang=zh-cn 2>/dev/null | grep -q .
}

missing=
has_postgresql || missing="$missing postgresql"
has_chromium || missing="$missing chromium"
has_chinese_font || missing="$missing fonts-noto-cjk fontconfig"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests:$missing"
    apt-get update -qq
    # shellcheck disable=SC2086  the list is words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi

echo "The tests need:$missing" >&2
echo "  Debian: sudo apt-get install$missing" >&2
echo "  macOS:  brew install postgresql, and Google Chrome or Chromium" >&2
echo "A server that may create databases can be named in TEST_DATABASE_URL, a browser in CHROMIUM." >&2
exit 1
