#!/bin/sh
# build-root.sh TARGET SUITE SOURCES PACKAGES: makes the Debian root of the bed's machines in the folder TARGET.
# It appears under that name only when it is complete. SOURCES is an apt sources file, or empty for the default mirror.
set -eu
target=$1 suite=$2 sources=$3 packages=$4

# dpkg syncs every file; on a tmpfs that only this process sees it costs nothing.
if [ -z "${EDGE_TESTBED_BUILDING-}" ]; then
  exec 9> "${target%/*}/lock"
  flock 9
  [ ! -e "$target" ] || exit 0
  mkdir -p "$target.building" && rm -rf "$target.part"
  EDGE_TESTBED_BUILDING=yes unshare --mount --propagation private "$0" "$@"
  rmdir "$target.building"
  mv "$target.part" "$target"
  exit
fi
mount -t tmpfs -o size=2g,mode=755 root "$target.building"
part=$target.building/root
# shellcheck disable=SC2086 # Without a sources file there is no argument.
mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
  --aptopt='Apt::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  "$suite" "$part" ${sources:+"$sources"}

# The replacements have these two names; they call the originals.
mkdir -p "$part/usr/lib/testbed"
mv "$part/usr/bin/systemctl" "$part/usr/bin/systemd-run" "$part/usr/bin/wireguard-go" "$part/usr/lib/testbed/"

# A gateway image enables what first boot needs. The configuration enables the other services.
offline() { SYSTEMD_OFFLINE=1 chroot "$part" /usr/lib/testbed/systemctl --quiet "$@"; }
offline disable keepalived dnsmasq chrony apt-cacher-ng e2scrub_reap
offline mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer
offline enable systemd-networkd ssh
rm -f "$part"/etc/ssh/ssh_host_* "$part/etc/machine-id"
mkdir -p "$part/etc/keepalived" "$part/etc/wireguard"
cat > "$part/etc/ssh/sshd_config.d/edge.conf" <<'CONFIG'
HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
PermitRootLogin prohibit-password
UseDNS no
CONFIG

cp -a "$part" "$target.part"
