import type { AddressInfo } from 'node:net';
import type { Address } from '../config/types.js';
import { type AdminListener, type AdminOptions, createAdminListener } from '../http/admin.js';
import { listenError } from './listen-error.js';
import { packageVersion } from './version.js';

/** The admin listener, which a new configuration may move, open or close. */
export interface Admin {
  readonly address: AddressInfo | undefined;
  /** @throws GatewayError `listen.failed`; then it is where it was */
  adopt(listen: Address | undefined): Promise<void>;
  close(): Promise<void>;
}

export function createAdmin(options: Omit<AdminOptions, 'listen' | 'version'>): Admin {
  const version = { version: packageVersion(), node: process.version };
  let current:
    | { readonly listen: Address; readonly listener: AdminListener; readonly address: AddressInfo }
    | undefined;

  const open = async (listen: Address): Promise<typeof current> => {
    const listener = createAdminListener({ ...options, listen, version });
    try {
      return { listen, listener, address: await listener.open() };
    } catch (error) {
      throw listenError(listen, error);
    }
  };

  return {
    get address() {
      return current?.address;
    },
    async adopt(listen) {
      const same = listen?.address === current?.listen.address && listen?.port === current?.listen.port;
      if (same) return;
      const last = current;
      current = listen === undefined ? undefined : await open(listen);
      await last?.listener.close();
    },
    async close() {
      await current?.listener.close();
      current = undefined;
    },
  };
}
