# Sourced: `bring PACKAGE…` installs Debian packages where it may, else says how and fails.

bring() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
    if command -v apt-get >/dev/null &&
        { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
        echo "Installing system packages: $*"
        export DEBIAN_FRONTEND=noninteractive
        if "${as_root[@]}" apt-get update -qq &&
            "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null; then
            return 0
        fi
    fi
    echo "Missing on this machine: $*" >&2
    echo "  Bring it with: sudo apt-get update && sudo apt-get install -y $*" >&2
    return 1
}
