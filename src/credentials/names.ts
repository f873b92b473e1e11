/** What a user's name may be: compared octet by octet, so nothing that looks like nothing. */
const MAX_NAME = 256;

/** @returns what is wrong with the name */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'the name is empty';
  if (name.length > MAX_NAME) return `the name has more than ${MAX_NAME} characters`;
  if (hasControl(name)) return 'the name holds a control character';
  if (name.trim() !== name) return 'the name begins or ends with white space';
  return undefined;
}

/** C0, DEL and C1 controls, line and paragraph separators, and halves of a surrogate pair. */
export function hasControl(text: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text);
}
