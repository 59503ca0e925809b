/** Implements procedures of the contract. A refused input is returned as a failure with a text. */
import { implement } from '@orpc/server';
import { contract } from '../../core/contract.ts';
import { withFailure } from './refused-input.ts';

export const createImplementer = () =>
  implement(contract).use(async ({ next }, input) => {
    try {
      return await next();
    } catch (error) {
      throw withFailure(error, input);
    }
  });

export type Implementer = ReturnType<typeof createImplementer>;

/** A signal for calls that cannot be aborted. */
export const never = new AbortController().signal;
