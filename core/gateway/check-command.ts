/** Commands that parse a new file on the gateway before it takes the old one's place. */

/**
 * Runs `command` on a copy of the new file that is called `name`: some parsers read the kind of a file from its name. `$1` in
 * `command` is the copy. The folder with the copy is readable by root only, and gone afterwards.
 */
export const inFolder = (name: string, command: string): readonly string[] => [
  'sh',
  '-c',
  `umask 077; folder=$(mktemp -d) || exit; cp -- "$1" "$folder/$2" && set -- "$folder/$2" && { ${command}; }; code=$?; rm -rf "$folder"; exit "$code"`,
  'sh',
  '{file}',
  name,
];
