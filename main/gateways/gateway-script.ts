/**
 * The programs that run on a gateway while files are applied: POSIX sh, coreutils, flock, systemctl and systemd-run,
 * nothing else. They are sent with each command, so that no version of them stays behind.
 *
 * What they keep below {@link stateFolder}:
 *
 *     applied        the record: state and path of each file as we last wrote it
 *     transaction/   files, units and records of an activation that is not confirmed yet
 *     backup/        the files before the last confirmed activation, but no secret one
 *     confirmed      id of the last transaction that was confirmed: the answer to a question that is asked again
 *     rolled-back    id of a transaction that was undone because nobody confirmed it
 *
 * New and old files wait in `.rainbow-edge` beside their target: a rename there is atomic, needs no space, and the
 * parsers of daemons that AppArmor confines may read it.
 *
 * Answers are lines of a word and its values, ended by `end`. A state is `absent`, `link`, `other`, or
 * `file:<sha256>:<octal mode>`.
 */

export const stateFolder = '/var/lib/rainbow-edge';

/** First line of every answer: a login without a shell, or a banner, does not say this. */
export const greeting = 'rainbow-edge/1';

/** What every program begins with. */
export const library = String.raw`
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
