/** The one message that carries the contract's MessagePort: from the page to the preload, and from there to main. */
export const connectMessage = 'edge:connect';
