/** core-js has no types; it is imported for its side effects. */
declare module 'core-js/actual';
