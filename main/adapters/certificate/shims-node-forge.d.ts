/** Types for the only cipher of node-forge that the product uses. */
declare module 'node-forge/lib/rc2.js' {
  interface ByteBuffer {
    readonly getBytes: () => string;
  }
  interface Cipher {
    readonly output: ByteBuffer;
    readonly start: (vector: string) => void;
    readonly update: (content: ByteBuffer) => void;
    /** Whether the padding is right. */
    readonly finish: () => boolean;
  }
  /** Keys and vectors are strings of bytes, as Buffer's `latin1`; `bits` is the effective length of the key. */
  const rc2: { readonly createDecryptionCipher: (key: string, bits: number) => Cipher };
  export default rc2;
}

declare module 'node-forge/lib/util.js' {
  const util: { readonly createBuffer: (bytes: Uint8Array) => { readonly getBytes: () => string } };
  export default util;
}
