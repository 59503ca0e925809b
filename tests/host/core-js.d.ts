/** core-js comes without types; it is imported for what it does. */
declare module 'core-js/actual';
