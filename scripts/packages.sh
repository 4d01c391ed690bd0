# Sourced by the scripts that install Debian packages.

# install_packages WHO PACKAGE...: installs what is not there yet, and says so.
install_packages() {
  local who=$1 package status missing=() as_root=()
  shift
  for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "$who: installing ${missing[*]}"
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# The names in scripts/libraries.txt.
libraries() { sed 's/#.*//' "$(dirname "${BASH_SOURCE[0]}")/libraries.txt" | xargs; }
