#!/bin/sh
# Replaces systemd-run: starts a command after some seconds, unless `systemctl stop <unit>.timer` is called first.
printf 'systemd-run %s\n' "$*" >>/var/log/units
seconds=0 unit=''
while [ $# -gt 0 ]; do
  case $1 in
    --on-active=*) seconds=${1#*=} ;;
    --unit=*) unit=${1#*=} ;;
    --*) ;;
    *) break ;;
  esac
  shift
done
file=/run/units/timer.$unit.timer
mkdir -p /run/units
[ -e "$file" ] && { echo "Failed to start transient timer unit: Unit $unit.timer already exists." >&2; exit 1; }
# The number of the process is known before it starts to wait.
setsid sh -c 'echo $$ >"$1"; sleep "$2"; rm -f "$1"; shift 2; exec "$@"' sh "$file" "$seconds" "$@" \
  >/var/log/timer 2>&1 </dev/null &
while ! [ -s "$file" ]; do sleep 0.01; done
