# shellcheck shell=bash
# Values for the installer: a line on each console, and a guestinfo key where the VM runs on VMware. Never a secret.
: "${root:=}"

# Asks the hypervisor. Fails where there is no VMware.
rpctool() { timeout 10 vmware-rpctool "$1" 2>/dev/null; }

# publish NAME VALUE
publish() {
  local console consoles=()
  read -ra consoles <"$root/sys/class/tty/console/active" || true
  for console in "${consoles[@]}"; do
    printf '\r\nedge: %s %s\r\n' "$1" "$2" >>"$root/dev/$console" || true
  done
  rpctool "info-set guestinfo.edge.$1 $2" >/dev/null || true
}
