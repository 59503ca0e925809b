/**
 * The programs that run on a gateway while files are applied: POSIX sh, coreutils, flock, systemctl and systemd-run, nothing
 * else. They are sent with each command, so that no version of them stays behind.
 *
 * What they keep below {@link stateFolder}:
 *
 *     applied        the record: state and path of each file as we last wrote it
 *     transaction/   files, units and records of an activation that is not confirmed yet
 *     backup/        the files before the last confirmed activation, but no secret one
 *     confirmed      id of the last transaction that was confirmed: the answer to a question that is asked again
 *     rolled-back    id of a transaction that was undone because nobody confirmed it
 *
 * New and old files wait in `.rainbow-edge` beside their target: a rename there is atomic, needs no space, and the parsers of
 * daemons that AppArmor confines may read it.
 *
 * Answers are lines of a word and its values, ended by `end`. A state is `absent`, `link`, `other`, or
 * `file:<sha256>:<octal mode>`.
 */

export const stateFolder = '/var/lib/rainbow-edge';

/** First line of every answer: a login without a shell, or a banner, does not say this. */
export const greeting = 'rainbow-edge/1';

const library = String.raw`
set -u
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 077
dir=${stateFolder}
tx=$dir/transaction
timer=rainbow-edge-rollback
newline='
'
out=${greeting}
staged=no
say() { out="$out$newline$*"; }
finish() { printf '%s\nend\n' "$out"; exit 0; }
one_line() { printf '%s' "$1" | tr '\n\t' '  ' | tail -c 600; }
fail() {
  say "failed $(one_line "$*")"
  rm -rf "$dir/in.$id"
  [ "$staged" = yes ] && clean
  finish
}

# No service may inherit the lock.
ctl() { systemctl "$@" 9<&- </dev/null; }

state() {
  if [ -L "$1" ]; then echo link
  elif [ -f "$1" ]; then echo "file:$(sha256sum <"$1" | cut -c1-64):$(stat -c %a "$1")"
  elif [ -e "$1" ]; then echo other
  else echo absent
  fi
}

# A folder can be locked without writing, also on a read-only disk.
lock() {
  [ -d "$dir" ] || return 0
  exec 9<"$dir"
  flock -w 60 9 || fail busy
}

# $err says why something could not be written, $1 what.
give_up() {
  case $err in
    *'No space left'* | *'quota exceeded'*) fail disk-full "$1" ;;
    *'Read-only file system'*) fail read-only "$1" ;;
    *) fail not-written "$1 $err" ;;
  esac
}

# Removes what waits beside the targets. Runs again if it was interrupted.
clean() {
  if [ -f "$dir/staging" ]; then
    while IFS= read -r at; do rm -rf "$at/.rainbow-edge"; done <"$dir/staging"
  fi
  rm -rf "$dir/ended" "$dir/transaction.new" "$dir/backup.new" "$dir/staging" "$dir/rollback"
}

# The end of a transaction is one rename.
end_transaction() {
  ctl stop "$timer.timer" >/dev/null 2>&1
  rm -rf "$dir/ended"
  mv "$tx" "$dir/ended"
  clean
}

# Puts the old files back and lets their services run as before. Runs again from the start if it was interrupted.
restore() {
  while IFS=' ' read -r kind secret path; do
    old=${'$'}{path%/*}/.rainbow-edge/old/${'$'}{path##*/}
    if [ "$kind" = absent ]; then rm -f "$path"
    elif [ -e "$old" ] || [ -L "$old" ]; then mv -f "$old" "$path"
    fi
  done <"$tx/files"
  [ -e "$tx/reload-units" ] && ctl daemon-reload >/dev/null 2>&1
  while read -r unit action active enabled; do
    [ "$enabled" = yes ] || ctl disable "$unit" >/dev/null 2>&1
    if [ "$active" = yes ]; then
      ctl "$action" "$unit" >/dev/null 2>&1 || ctl restart "$unit" >/dev/null 2>&1
    else
      ctl stop "$unit" >/dev/null 2>&1
    fi
  done <"$tx/services"
  ln -f "$tx/applied" "$dir/applied.new" && mv -f "$dir/applied.new" "$dir/applied"
  rm -f "$dir/applied.new"
}
`;

/** Arguments: programs that must exist, `--`, paths to look at. Changes nothing. */
export const lookScript = `${library}${String.raw`
id=none
say "uid $(id -u)"
say "time $(date +%s)"
for program in sha256sum stat flock systemctl systemd-run; do
  command -v "$program" >/dev/null 2>&1 || say "missing $program"
done
while [ "$1" != -- ]; do
  command -v "$1" >/dev/null 2>&1 || say "missing $1"
  shift
done
shift
command -v flock >/dev/null 2>&1 && lock
if [ -d "$tx" ]; then
  say "pending $(cat "$tx/id")"
  [ -e "$tx/activated" ] && say activated
fi
if [ -s "$dir/applied" ]; then say "$(sed 's/^/recorded /' "$dir/applied")"; fi
if [ -f "$dir/rolled-back" ]; then say "rolled-back $(cat "$dir/rolled-back")"; fi
for path in "$@"; do say "found $(state "$path")"; done
finish
`}`;

/** Argument: id of the transaction. Undoes it, from the timer or at once. */
export const rollbackScript = `${library}${String.raw`
id=$1
lock
if [ -d "$tx" ] && [ "$(cat "$tx/id")" = "$id" ]; then
  restore
  printf '%s' "$id" >"$dir/rolled-back"
  end_transaction
  say rolled-back
else
  say gone
fi
finish
`}`;

/** Argument: id of the transaction. Says `confirmed`, `rolled-back` or `gone`. */
export const confirmScript = `${library}${String.raw`
id=$1
lock
if [ -d "$tx" ] && [ "$(cat "$tx/id")" = "$id" ]; then
  rm -rf "$dir/backup.new"
  mkdir "$dir/backup.new"
  while IFS=' ' read -r kind secret path; do
    [ "$kind" != absent ] && [ "$secret" = no ] || continue
    at=${'$'}{path%/*}
    mkdir -p "$dir/backup.new$at" && cp -P -p "$at/.rainbow-edge/old/${'$'}{path##*/}" "$dir/backup.new$at/"
  done <"$tx/files" 2>/dev/null
  [ -f "$tx/record" ] && mv -f "$tx/record" "$dir/applied"
  rm -rf "$dir/backup" "$dir/rolled-back"
  mv "$dir/backup.new" "$dir/backup"
  printf '%s' "$id" >"$dir/confirmed"
  end_transaction
  say confirmed
elif [ -f "$dir/rolled-back" ] && [ "$(cat "$dir/rolled-back")" = "$id" ]; then
  say rolled-back
elif [ -f "$dir/confirmed" ] && [ "$(cat "$dir/confirmed")" = "$id" ]; then
  say confirmed
else
  say gone
fi
finish
`}`;

/** Standard input: the new record. For files that were as planned before we wrote them. */
export const recordScript = `${library}${String.raw`
id=none
err=$( { mkdir -p "$dir"; } 2>&1) || give_up "$dir"
lock
[ -d "$tx" ] && fail changed "$dir"
err=$( { cat >"$dir/applied.new"; } 2>&1) || give_up "$dir/applied"
[ "$(sha256sum <"$dir/applied.new" | cut -c1-64)" = "$1" ] || fail transfer
mv -f "$dir/applied.new" "$dir/applied"
say recorded
finish
`}`;

/**
 * Arguments: SHA-256 of the standard input, id, seconds until the rollback, and the lengths of the first three parts of the
 * input: program, record, rollback script. The contents of the files follow. The program is calls of `file`, `check` and
 * `service`; it is read once for each pass.
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
