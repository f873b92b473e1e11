/** Requests in work, counted over all listeners of a worker and over reloads. */
export interface InFlight {
  readonly count: number;
  /** False if the cap is reached; then the request is not counted. */
  enter(cap: number): boolean;
  leave(): void;
}

export function createInFlight(): InFlight {
  let count = 0;
  return {
    get count() {
      return count;
    },
    enter(cap) {
      if (count >= cap) return false;
      count++;
      return true;
    },
    leave() {
      count--;
    },
  };
}
