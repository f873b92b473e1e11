/**
 * What a promise gives within a time. What comes later, or goes wrong later, is nobody's any more.
 *
 * A process that was busy itself for so long finds its timers due before it has read its sockets: what has come by then
 * is in time, so the sockets are read once more before it is late.
 *
 * @param ms milliseconds
 */
export function within<Result>(work: Promise<Result>, ms: number, late: () => Error): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(late())), ms);
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
