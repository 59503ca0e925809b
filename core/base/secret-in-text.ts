/** A password that stands where none belongs. It is refused without being shown. */

/** `user:password@` behind a scheme, and `user@`, which may be the key of a storage service. */
const userInfo = /([a-z][a-z0-9+.-]*:[/\\]{2})[^\s]*@/gi;

/** Whether a text holds a user or password in a URL. */
export const holdsUserInfo = (text: string): boolean => text.search(userInfo) >= 0;

/** The text with users and passwords of its URLs covered. */
export const withoutUserInfo = (text: string): string => text.replace(userInfo, '$1***@');
