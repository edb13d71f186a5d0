#!/bin/sh
# Installs CARIBSIS @VERSION@ from this folder, with no network.
#
#   ./install.sh [--prefix DIR] [--service]
#
# --prefix DIR  where to install; /opt/caribsis for root, ~/.local/caribsis for anyone else
# --service     (root) also install the systemd units (node, station) and their settings
#
# Made for Python @PYTHON@ on @PLATFORM@. PYTHON=/path/to/python@PYTHON@ names another one.
set -eu

fail() {
    echo "install: $*" >&2
    exit 1
}

if [ "$(id -u)" -eq 0 ]; then prefix=/opt/caribsis; else prefix=${HOME:?}/.local/caribsis; fi
service=no
while [ $# -gt 0 ]; do
    case $1 in
        --prefix)
            [ $# -ge 2 ] || fail "--prefix wants a folder"
            prefix=$2
            shift
            ;;
        --service) service=yes ;;
        -h | --help)
            sed -n '2,9s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
        *) fail "unknown option $1; see ./install.sh --help" ;;
    esac
    shift
done
[ "$service" = no ] || [ "$(id -u)" -eq 0 ] || fail "--service needs root"
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
cd "$(dirname "$0")"

if command -v sha256sum >/dev/null; then
    sha256sum --quiet -c SHA256SUMS || fail "a file is damaged: copy the bundle again"
else
    shasum -a 256 -s -c SHA256SUMS || fail "a file is damaged: copy the bundle again"
fi

python=""
for name in ${PYTHON:-} python@PYTHON@ python3; do
    if command -v "$name" >/dev/null && [ "$("$name" -c \
        'import sys; print("%d.%d" % sys.version_info[:2])')" = "@PYTHON@" ]; then
        python=$name
        break
    fi
done
[ -n "$python" ] || fail "this bundle was made for Python @PYTHON@, which is not on this machine"
platform=$("$python" -c 'import sysconfig; print(sysconfig.get_platform())')
[ "$platform" = "@PLATFORM@" ] || fail "this bundle was made for @PLATFORM@, this is $platform"

# Into a fresh folder beside the old one, then exchanged: an upgrade that fails changes nothing.
new=$prefix.new
rm -rf "$new"
mkdir -p "$(dirname "$prefix")"
echo "Installing CARIBSIS @VERSION@ into $prefix"
"$python" -m venv --without-pip "$new"
pip=$(echo wheelhouse/pip-*.whl)
"$new/bin/python" "$pip/pip" install --quiet --disable-pip-version-check --no-input \
    --no-index --find-links wheelhouse -c constraints.txt pip "caribsis==@VERSION@"
# the scripts name the folder they were installed into
for script in "$new"/bin/*; do
    if [ -f "$script" ] && [ ! -L "$script" ]; then
        sed -i.old "s|$new|$prefix|g" "$script"
        rm -f "$script.old"
    fi
done
sed -i.old "s|$new|$prefix|g" "$new/pyvenv.cfg"
rm -f "$new/pyvenv.cfg.old"
rm -rf "$prefix.old"
if [ -e "$prefix" ]; then mv "$prefix" "$prefix.old"; fi
mv "$new" "$prefix"
rm -rf "$prefix.old"
"$prefix/bin/mda" --version

if [ "$service" = yes ]; then
    mkdir -p /etc/caribsis
    for settings in node.toml station.toml; do
        [ -e "/etc/caribsis/$settings" ] || cp "$settings" "/etc/caribsis/$settings"
    done
    for unit in caribsis.service caribsis-station.service; do
        sed "s|/opt/caribsis|$prefix|g" "$unit" >"/etc/systemd/system/$unit"
    done
    systemctl daemon-reload
    echo "Name your feeds in /etc/caribsis/node.toml, then: systemctl enable --now caribsis"
    echo "A station instead: /etc/caribsis/station.toml, then: systemctl enable --now caribsis-station"
else
    echo "See it at work:  $prefix/bin/mda demo"
fi
