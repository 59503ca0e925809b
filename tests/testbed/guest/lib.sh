# shellcheck shell=sh
# Reads Debian's own unit files and runs their commands, as far as the product's units need it.
# Units keep their state in /run/testbed: UNIT.pid (main process), UNIT.active (RemainAfterExit, timers), UNIT.failed.
state=/run/testbed
logs=/var/log/testbed
umask 022
mkdir -p "$state/transient" "$logs"

# note PROGRAM ARGUMENTS…: one line per call, for the tests.
note() {
  read -r uptime _ < /proc/uptime
  (IFS='	'; printf '%s\t%s' "$uptime" "$*" | tr '\n' ' '; echo) >> "$logs/calls"
}

complain() { echo "$*" >&2; }

# The canonical name: with a suffix, and an alias such as sshd replaced by its unit.
canonical() {
  case $1 in *.service | *.timer | *.socket | *.target | *.path) full=$1 ;; *) full=$1.service ;; esac
  link=$(readlink "/etc/systemd/system/$full" 2>/dev/null || true)
  case $link in /lib/systemd/system/*.service | /usr/lib/systemd/system/*.service) full=${link##*/} ;; esac
  echo "$full"
}

# The unit's file and then its drop-ins. A template serves every instance.
files_of() {
  template=$1
  case $1 in *@*.*) template=${1%%@*}@.${1##*.} ;; esac
  for folder in "$state/transient" /etc/systemd/system /run/systemd/system /lib/systemd/system; do
    for name in "$1" "$template"; do
      [ -f "$folder/$name" ] && { echo "$folder/$name"; break 2; }
    done
  done
  for file in "/etc/systemd/system/$template.d"/*.conf; do [ ! -f "$file" ] || echo "$file"; done
  [ "$template" != "$1" ] || return 0
  for file in "/etc/systemd/system/$1.d"/*.conf; do [ ! -f "$file" ] || echo "$file"; done
}

known() { [ -n "$(files_of "$1")" ]; }

# masked UNIT
masked() { [ "$(readlink "/etc/systemd/system/$1" 2>/dev/null)" = /dev/null ]; }

# values UNIT KEY: one value per line; an empty assignment clears those before it.
values() {
  unit_files=$(files_of "$1")
  [ -n "$unit_files" ] || return 0
  instance=${1#*@}
  # shellcheck disable=SC2086 # No unit file has a space in its name.
  awk -v key="$2" -v unit="$1" -v name="${1%.*}" -v instance="${instance%.*}" '
    { sub(/\r$/, "") }
    /^[[:space:]]*[#;]/ { next }
    { line = pending $0; pending = "" }
    line ~ /\\$/ { sub(/\\$/, " ", line); pending = line; next }
    line ~ "^[[:space:]]*" key "[[:space:]]*=" {
      sub(/^[^=]*=[[:space:]]*/, "", line)
      if (line == "") count = 0; else list[count++] = line
    }
    END {
      for (i = 0; i < count; i++) {
        gsub(/%[iI]/, instance, list[i])
        gsub(/%n/, unit, list[i])
        gsub(/%[pN]/, name, list[i])
        gsub(/%%/, "%", list[i])
        print list[i]
      }
    }
  ' $unit_files
}

value() { values "$1" "$2" | tail -n 1; }

# Folders below /run, /var/lib, … that systemd makes for the unit.
make_folders() {
  owner=$(value "$1" User)
  for pair in Runtime:/run State:/var/lib Logs:/var/log Cache:/var/cache; do
    for folder in $(values "$1" "${pair%%:*}Directory"); do
      mkdir -p "${pair#*:}/$folder"
      [ -z "$owner" ] || chown "$owner:$(id -g "$owner")" "${pair#*:}/$folder"
      mode=$(value "$1" "${pair%%:*}DirectoryMode")
      [ -z "$mode" ] || chmod "$mode" "${pair#*:}/$folder"
    done
  done
}

# prepare UNIT LINE: sets `command` for sh -c, `as` for the user, and `lenient` where a failure counts for nothing.
prepare() {
  command=$2 as='' lenient=false
  owner=$(value "$1" User)
  [ -z "$owner" ] || as="setpriv --reuid=$owner --regid=$(id -g "$owner") --init-groups"
  while :; do
    case $command in
      -*) lenient=true command=${command#?} ;;
      !* | +*) as='' command=${command#?} ;;
      @* | :*) command=${command#?} ;;
      *) break ;;
    esac
  done
  case $1 in
    # The machines have this computer's clock: chronyd measures it and never sets it.
    chrony.service) case $command in */chronyd*) command="$command -x" ;; esac ;;
    systemd-networkd.service) as='' command=/usr/lib/testbed/networkd ;;
  esac
}

load_environment() {
  for file in $(values "$1" EnvironmentFile); do
    set -a
    # shellcheck disable=SC1090 # Named by the unit.
    [ ! -f "${file#-}" ] || . "${file#-}"
    set +a
  done
  eval "$(values "$1" Environment | sed 's/^/export /')"
}

# run_lines UNIT KEY: runs the commands one after the other.
run_lines() {
  values "$1" "$2" | {
    result=0
    while IFS= read -r line; do
      prepare "$1" "$line"
      # shellcheck disable=SC2086 # `as` is several words or none.
      (load_environment "$1"; MAINPID=$(main_pid "$1"); export MAINPID; exec $as sh -c "exec $command") \
        < /dev/null >> "$logs/$1.log" 2>&1 9>&- && continue
      $lenient || { result=1; break; }
    done
    exit $result
  }
}

# The main process's PID while it lives, else 0.
main_pid() {
  pid=$(cat "$state/$1.pid" 2>/dev/null || true)
  if [ -n "$pid" ] && [ -d "/proc/$pid" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null; then
    echo "$pid"
  else
    echo 0
  fi
}

# A main process that ended on its own with another code than 0 has failed.
active_state() {
  if [ -e "$state/$1.active" ] || [ "$(main_pid "$1")" != 0 ]; then echo active
  elif [ -e "$state/$1.failed" ]; then echo failed
  elif [ -e "$state/$1.pid" ] && [ "$(cat "$state/$1.exit" 2>/dev/null)" != 0 ]; then echo failed
  else echo inactive; fi
}

# conditions_hold UNIT: systemd skips a unit silently where one does not hold.
conditions_hold() {
  for path in $(values "$1" ConditionPathExists); do
    case $path in !*) [ ! -e "${path#!}" ] || return 1 ;; *) [ -e "$path" ] || return 1 ;; esac
  done
  for path in $(values "$1" ConditionFileNotEmpty); do [ -s "$path" ] || return 1; done
}

failed() {
  : > "$state/$1.failed"
  rm -f "$state/$1.pid" "$state/$1.active"
  complain "Job for $1 failed because the control process exited with error code."
  return 1
}

launch() {
  prepare "$1" "$(value "$1" ExecStart)"
  {
    # shellcheck disable=SC2086 # `as` is several words or none.
    (load_environment "$1"; exec setsid $as sh -c "exec $command") &
    main=$!
    echo $main > "$state/$1.pid"
    code=0
    wait $main || code=$?
    [ "$(cat "$state/$1.pid" 2>/dev/null)" != $main ] || echo $code > "$state/$1.exit"
  } < /dev/null >> "$logs/$1.log" 2>&1 9>&- &
  while [ ! -s "$state/$1.pid" ]; do sleep 0.01; done
  # A service that tells systemd when it is ready is given a moment, so that a wrong configuration is a failed start.
  [ "$(value "$1" Type)" = notify ] || return 0
  for _ in 1 2 3; do
    sleep 0.1
    [ "$(main_pid "$1")" != 0 ] || return 1
  done
}

start_service() {
  [ "$(active_state "$1")" != active ] || return 0
  conditions_hold "$1" || return 0
  rm -f "$state/$1.pid" "$state/$1.exit" "$state/$1.failed"
  make_folders "$1"
  run_lines "$1" ExecStartPre || { failed "$1"; return 1; }
  case $(value "$1" Type) in
    oneshot)
      run_lines "$1" ExecStart || { failed "$1"; return 1; }
      [ "$(value "$1" RemainAfterExit)" != yes ] || : > "$state/$1.active"
      ;;
    forking)
      run_lines "$1" ExecStart || { failed "$1"; return 1; }
      cat "$(value "$1" PIDFile)" > "$state/$1.pid" || { failed "$1"; return 1; }
      ;;
    *) launch "$1" || { failed "$1"; return 1; } ;;
  esac
  run_lines "$1" ExecStartPost || { stop_service "$1"; failed "$1"; return 1; }
}

stop_service() {
  pid=$(main_pid "$1")
  if [ "$pid" != 0 ] || [ -e "$state/$1.active" ]; then run_lines "$1" ExecStop || true; fi
  if [ "$pid" != 0 ]; then
    kill -TERM "$pid" 2>/dev/null || true
    tries=0
    while [ "$(main_pid "$1")" != 0 ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
    # The daemon's session is its control group. sshd keeps its open sessions, as in Debian's unit.
    [ "$(value "$1" KillMode)" = process ] || pkill -KILL -s "$pid" 2>/dev/null || true
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$state/$1.pid" "$state/$1.active" "$state/$1.failed"
}
