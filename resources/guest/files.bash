# shellcheck shell=bash
# Files that a power cut cannot leave half written. $root is the prefix of every path; it is empty in a guest.
: "${root:=}"

# write_file PATH MODE: standard input becomes the content of the file. The content is on the disk before the name is.
write_file() {
  local path=$root$1 new=$root$1.edge-new
  mkdir -p "${path%/*}"
  (umask 077 && cat >"$new") && chmod "$2" "$new" && sync "$new" && mv "$new" "$path" && sync "${path%/*}"
}
