/** What is there at once, as it is for every cookie under a symmetric key. @throws Error for a promise */
export function atOnce<T>(value: T | Promise<T>): T {
  if (value instanceof Promise) throw new Error('this takes its time');
  return value;
}
