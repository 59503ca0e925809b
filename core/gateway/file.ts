/** One file of a gateway's configuration: what stands where, who reads it, and how that program proves that it can. */
export interface GatewayFile {
  /** Absolute, on the gateway. */
  readonly path: string;
  /** Such as `0o600`. */
  readonly mode: number;
  /** UTF-8; ends in a newline. It carries the digest line, see `stamp.ts`. */
  readonly content: string;
  /** Never logged, never shown. */
  readonly secret: boolean;
  /** The command on the gateway that parses the file; `{file}` stands for the path of the new content. */
  readonly check?: readonly string[];
  /** The systemd unit that reads the file, and what it does when the content changed. */
  readonly service?: { readonly unit: string; readonly action: 'restart' | 'reload' };
}
