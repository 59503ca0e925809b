/** A file of a gateway, as the plan wants it. */
export interface GatewayFile {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
  readonly secret: boolean;
  /** Program and arguments on the gateway that parse the file; `{file}` is the path of the new content. */
  readonly check?: readonly string[];
  readonly service?: { readonly unit: string; readonly action: 'restart' | 'reload' };
}
