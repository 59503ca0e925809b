/** The part of ssh2's types that node-ssh's own types and the tests need; ssh2 ships none. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer } from 'node:net';
  import type { Duplex, Readable } from 'node:stream';

  namespace SSH2 {
    interface ClientChannel extends Duplex {
      readonly stderr: Readable;
      close(): void;
      signal(name: string): void;
    }
    type Channel = ClientChannel;

    /** Keys that are known to {@link ConnectConfig.hostVerifier}: the raw public key in wire format. */
    interface ConnectConfig {
      readonly host?: string;
      readonly port?: number;
      readonly username?: string;
      readonly sock?: Duplex;
      readonly privateKey?: string;
      readonly hostVerifier?: (key: Buffer) => boolean;
      readonly authHandler?: readonly string[];
      readonly algorithms?: { readonly serverHostKey?: readonly string[] };
      readonly readyTimeout?: number;
      readonly keepaliveInterval?: number;
      readonly keepaliveCountMax?: number;
    }
    class Client extends EventEmitter {
      end(): this;
      destroy(): this;
    }

    interface AuthContext {
      readonly method: string;
      readonly username: string;
      readonly key?: { readonly algo: string; readonly data: Buffer };
      /** What was signed; missing where the client only asks whether the key is known. */
      readonly blob?: Buffer;
      readonly signature?: Buffer;
      readonly hashAlgo?: string;
      accept(): void;
      reject(methods?: readonly string[]): void;
    }
    interface ServerChannel extends Duplex {
      readonly stderr: Duplex;
      exit(code: number): void;
      close(): void;
    }
    interface ServerSession extends EventEmitter {
      on(
        event: 'exec',
        listener: (accept: () => ServerChannel, reject: () => void, info: { readonly command: string }) => void,
      ): this;
    }
    interface TcpipInfo {
      readonly destIP: string;
      readonly destPort: number;
    }
    interface ServerConnection extends EventEmitter {
      on(event: 'tcpip', listener: (accept: () => ServerChannel, reject: () => void, info: TcpipInfo) => void): this;
      on(event: 'authentication', listener: (context: AuthContext) => void): this;
      on(event: 'session', listener: (accept: () => ServerSession) => void): this;
      on(event: 'ready' | 'handshake' | 'close', listener: () => void): this;
      on(event: 'error', listener: (error: Error) => void): this;
      end(): void;
    }
    interface ParsedKey {
      readonly type: string;
      getPublicSSH(): Buffer;
      sign(data: Buffer, algorithm?: string): Buffer;
      verify(data: Buffer, signature: Buffer, algorithm?: string): boolean;
    }
    interface ServerConfig {
      readonly hostKeys: readonly { readonly key: ParsedKey }[];
    }
    class Server extends EventEmitter {
      constructor(config: ServerConfig, listener: (connection: ServerConnection) => void);
      listen(port: number, host: string, done: () => void): this;
      address(): ReturnType<NetServer['address']>;
      close(done?: () => void): this;
    }
    const utils: {
      parseKey(data: string | Buffer): ParsedKey | Error;
      generateKeyPairSync(
        type: 'ed25519' | 'ecdsa' | 'rsa',
        options?: { readonly bits: number },
      ): { readonly private: string; readonly public: string };
    };

    // Named by node-ssh's types, not used in this product.
    type AcceptConnection<T> = () => T;
    type RejectConnection = () => void;
    type ExecOptions = Readonly<Record<string, unknown>>;
    type PseudoTtyOptions = Readonly<Record<string, unknown>>;
    type ShellOptions = Readonly<Record<string, unknown>>;
    type TransferOptions = Readonly<Record<string, unknown>>;
    type Prompt = Readonly<Record<string, unknown>>;
    type TcpConnectionDetails = Readonly<Record<string, unknown>>;
    type UNIXConnectionDetails = Readonly<Record<string, unknown>>;
    type SFTPWrapper = EventEmitter;
  }
  export = SSH2;
}
