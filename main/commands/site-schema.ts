/** `site schema`: the JSON Schema of the site file, with or without `--json`. */
import { siteJsonSchema } from '../../core/site/json-schema.ts';
import { type CommandContext, printJson } from './context.ts';

export function run(context: CommandContext): number {
  printJson(siteJsonSchema(context.text));
  return 0;
}
