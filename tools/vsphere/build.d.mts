export interface BuildOptions {
  /** GOOS; default: this system. */
  readonly os?: string;
  /** GOARCH; default: this system. */
  readonly arch?: string;
  readonly force?: boolean;
  readonly log?: (line: string) => void;
}

export interface BuiltPrograms {
  readonly govc: string;
  readonly simulator: string;
  /** False when both were up to date. */
  readonly built: boolean;
}

/** Builds govc and the simulator where needed; throws an Error whose message is one sentence with the remedy. */
export function buildVsphere(options?: BuildOptions): BuiltPrograms;

/** Version of govmomi as go.mod pins it, 'v0.56.0'. */
export function govmomiVersion(): string;
