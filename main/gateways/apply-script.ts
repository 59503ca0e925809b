/** The program on a gateway that checks, keeps and replaces files. See `gateway-script.ts`. */
import { library } from './gateway-script.ts';

/**
 * Arguments: SHA-256 of the standard input, id, seconds until the rollback, and the lengths of the first three parts of
 * the input: program, record, rollback script. The contents of the files follow. The program is calls of `file`,
 * `check` and `service`; it is read once for each pass.
 */
export const applyScript = `${library}${String.raw`
digest=$1 id=$2 window=$3 program_length=$4 record_length=$5 rollback_length=$6
in=$dir/in.$id
err=$( { mkdir -p -m 700 "$dir" && mkdir "$in"; } 2>&1) || give_up "$dir"
err=$( { cat >"$in/all"; } 2>&1) || give_up "$dir"
[ "$(sha256sum <"$in/all" | cut -c1-64)" = "$digest" ] || fail transfer
# All of it is here: from now on the connection may go away.
trap '' HUP PIPE
lock
[ -d "$tx" ] && fail changed "$dir"
for other in "$dir"/in.*; do [ "$other" = "$in" ] || rm -rf "$other"; done
clean
staged=yes

# $1: offset, $2: length, $3: where to.
part() { err=$( { tail -c +$(($1 + 1)) "$in/all" | head -c "$2" >"$3"; } 2>&1) || give_up "$3"; }
part 0 "$program_length" "$in/program"
contents=$((program_length + record_length + rollback_length))

file() { # old state, new state, secret, offset, length, path
  old=$1 new=$2 secret=$3 offset=$4 length=$5 path=$6
  at=${'$'}{path%/*}
  beside=$at/.rainbow-edge
  name=${'$'}{path##*/}
  case $pass in
    unpack)
      [ "$(state "$path")" = "$old" ] || fail changed "$path"
      err=$( { (umask 022 && mkdir -p "$at") && printf '%s\n' "$at" >>"$dir/staging"; } 2>&1) || give_up "$path"
      err=$( { mkdir -p "$beside/new" "$beside/old"; } 2>&1) || give_up "$path"
      part $((contents + offset)) "$length" "$beside/new/$name"
      err=$(chmod "${'$'}{new##*:}" "$beside/new/$name" 2>&1) || give_up "$path"
      [ "$(state "$beside/new/$name")" = "$new" ] || fail not-written "$path"
      ;;
    keep)
      kind=file
      case $old in
        absent) kind=absent ;;
        *)
          err=$( { ln -f "$path" "$beside/old/$name" 2>/dev/null || cp -P -p "$path" "$beside/old/$name"; } 2>&1) ||
            give_up "$path"
          ;;
      esac
      err=$( { printf '%s %s %s\n' "$kind" "$secret" "$path" >>"$dir/transaction.new/files"; } 2>&1) || give_up "$path"
      ;;
    activate)
      err=$(mv -f "$beside/new/$name" "$path" 2>&1) || undo "$path"
      say "wrote $path"
      ;;
  esac
}

check() { # secret, path, program and arguments
  [ "$pass" = check ] || return 0
  secret=$1 path=$2
  shift 2
  # The parser's words about a secret file could hold the secret.
  err=$(timeout 30 "$@" 2>&1 >/dev/null </dev/null 9<&-) && return 0
  [ "$secret" = yes ] && err=''
  fail refused "$path $err"
}

service() { # unit, action
  case $pass in
    keep)
      active=no enabled=no
      ctl is-active --quiet "$1" && active=yes
      ctl is-enabled --quiet "$1" >/dev/null 2>&1 && enabled=yes
      err=$( { echo "$1 $2 $active $enabled" >>"$dir/transaction.new/services"; } 2>&1) || give_up "$dir"
      ;;
    restart)
      action=$2
      ctl is-active --quiet "$1" || action=restart
      if ! ctl is-enabled --quiet "$1" >/dev/null 2>&1; then
        err=$(ctl enable --quiet "$1" 2>&1) || { say "unit $1"; undo service; }
      fi
      err=$(ctl "$action" "$1" 2>&1) || { say "unit $1"; undo service; }
      say "restarted $action $1"
      ;;
  esac
}

reload_units() {
  [ "$pass" = keep ] && : >"$dir/transaction.new/reload-units"
  [ "$pass" = reload ] && ctl daemon-reload
}

# A step of the activation failed: everything is as before, at once.
undo() {
  reason=$err
  restore
  end_transaction
  err=$reason
  case $1 in
    service) fail service "$err" ;;
    *) give_up "$1" ;;
  esac
}

for pass in unpack check; do . "$in/program"; done
kept=$dir/transaction.new
err=$( { mkdir "$kept" && printf '%s' "$id" >"$kept/id" && : >"$kept/files" && : >"$kept/services"; } 2>&1) || give_up "$dir"
pass=keep
. "$in/program"
if [ -f "$dir/applied" ]; then
  err=$(ln "$dir/applied" "$kept/applied" 2>&1) || give_up "$dir"
else
  : >"$kept/applied"
fi
part "$program_length" "$record_length" "$kept/record"
part $((program_length + record_length)) "$rollback_length" "$dir/rollback"
sync -f "$dir" 2>/dev/null
ctl stop "$timer.timer" >/dev/null 2>&1
ctl reset-failed "$timer.service" >/dev/null 2>&1
err=$(systemd-run --quiet --collect --on-active="$window" --timer-property=AccuracySec=1s --unit="$timer" \
  /bin/sh "$dir/rollback" "$id" 2>&1 9<&- </dev/null) || fail no-timer "$err"
err=$(mv "$kept" "$tx" 2>&1) || give_up "$dir"
for pass in activate reload restart; do . "$in/program"; done
: >"$tx/activated"
sync -f "$dir" 2>/dev/null
say applied
rm -rf "$in"
finish
`}`;
