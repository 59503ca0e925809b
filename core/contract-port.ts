/** The message with the contract's MessagePort, sent by the page to the preload and by the preload to main. */
export const connectMessage = 'edge:connect';
