#!/bin/sh
# Replaces systemctl without systemd: logs each call, and performs it on files below /run/units.
printf 'systemctl %s\n' "$*" >>/var/log/units
units=/run/units
verb='' unit=''
for word in "$@"; do
  case $word in
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word; else unit=$word; fi ;;
  esac
done
mkdir -p "$units"
known() { ! [ -e "/etc/edge-test/missing/$unit" ]; }
case $verb in
  is-active) [ -e "$units/active.$unit" ] || exit 3 ;;
  is-enabled) [ -e "$units/enabled.$unit" ] || exit 1 ;;
  enable)
    known || { echo "Failed to enable unit: Unit file $unit does not exist." >&2; exit 1; }
    touch "$units/enabled.$unit"
    ;;
  disable) rm -f "$units/enabled.$unit" ;;
  start | restart | reload)
    known || { echo "Failed to $verb $unit: Unit $unit not found." >&2; exit 5; }
    if [ -e "/etc/edge-test/broken/$unit" ]; then
      echo "Job for $unit failed because the control process exited with error code." >&2
      exit 1
    fi
    [ "$unit" = ssh.service ] && kill -HUP "$(cat /run/sshd.pid)"
    touch "$units/active.$unit"
    ;;
  stop)
    if [ -e "$units/timer.$unit" ]; then
      kill "$(cat "$units/timer.$unit")" 2>/dev/null
      rm -f "$units/timer.$unit"
    fi
    rm -f "$units/active.$unit"
    ;;
  daemon-reload | reset-failed) ;;
  status) echo "$unit: stand-in status" ;;
  *) echo "Unknown command verb $verb." >&2; exit 1 ;;
esac
