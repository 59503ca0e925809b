#!/bin/sh
# Makes a gateway's own root over the machine's, and becomes its sshd. Runs in its own mount and PID namespaces.
# $1: an empty folder. $2: port on the loopback interface. $3: the public key that may log in.
set -eu
base=$1 port=$2 key=$3
mount -t tmpfs -o size=64m none "$base"
mkdir "$base/upper" "$base/work" "$base/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root"
root=$base/root
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs none "$root/run"
mount -t tmpfs none "$root/tmp"
mkdir -p "$root/run/sshd" "$root/run/units" "$root/etc/edge-test" "$root/var/log" "$root/usr/local/bin"
# A locked account may not log in without PAM.
sed -i 's/^root:[^:]*:/root:*:/' "$root/etc/shadow"
# # bash reads this file in every session; the machine's own version must not affect the gateway.
rm -f "$root/root/.bashrc" "$root"/etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N '' -f "$root/etc/edge-test/host_ed25519"
ssh-keygen -q -t ecdsa -N '' -f "$root/etc/edge-test/host_ecdsa"
printf '%s\n' "$key" >"$root/etc/edge-test/authorized"
cat >"$root/etc/edge-test/sshd_config" <<CONFIG
ListenAddress 127.0.0.1
Port $port
HostKey /etc/edge-test/host_ed25519
HostKey /etc/edge-test/host_ecdsa
PidFile /run/sshd.pid
AuthorizedKeysFile /etc/edge-test/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
MaxStartups 200
Subsystem sftp internal-sftp
CONFIG
cp "$(dirname "$0")/systemctl.sh" "$root/usr/local/bin/systemctl"
cp "$(dirname "$0")/systemd-run.sh" "$root/usr/local/bin/systemd-run"
chmod 755 "$root/usr/local/bin/systemctl" "$root/usr/local/bin/systemd-run"
exec chroot "$root" /usr/sbin/sshd -D -e -f /etc/edge-test/sshd_config
