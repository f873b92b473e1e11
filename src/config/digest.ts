import { createHash } from 'node:crypto';

/** What the watcher compares: equal exactly if nothing has changed that a reload could take over. */

export function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('base64');
}

/** @param names visible ones of a folder, sorted */
export function digestOfNames(names: readonly string[]): string {
  return digestOf(Buffer.from(names.join('\0')));
}

/** Kubernetes mounts a ConfigMap or a Secret as links into a folder whose name begins with a dot; editors leave such files. */
export function isVisible(name: string): boolean {
  return !name.startsWith('.');
}
