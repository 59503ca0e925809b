/** Commands that parse a new file on the gateway before it replaces the old file. */

/**
 * Runs `command` on a copy of the new file with the name `name`, since some parsers derive the type from the name; `$1`
 * is the copy. Only root can read the folder of the copy, which is removed afterwards.
 */
export const inFolder = (name: string, command: string): readonly string[] => [
  'sh',
  '-c',
  `umask 077; folder=$(mktemp -d) || exit; cp -- "$1" "$folder/$2" && set -- "$folder/$2" && { ${command}; }; code=$?; rm -rf "$folder"; exit "$code"`,
  'sh',
  '{file}',
  name,
];
