/** One file of a gateway's configuration: path, content, its systemd unit, and the command that checks its syntax. */
export interface GatewayFile {
  /** Absolute, on the gateway. */
  readonly path: string;
  /** Such as `0o600`. */
  readonly mode: number;
  /** UTF-8; ends in a newline and contains the stamp, see `stamp.ts`. */
  readonly content: string;
  /** Never logged, never shown. */
  readonly secret: boolean;
  /** The command on the gateway that parses the file; `{file}` stands for the path of the new content. */
  readonly check?: readonly string[];
  /** The systemd unit that reads the file, and its action after a change. */
  readonly service?: { readonly unit: string; readonly action: 'restart' | 'reload' };
}
