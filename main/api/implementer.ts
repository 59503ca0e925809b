/** Implements procedures of the contract. An input that is refused comes back as a failure in words. */
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

/** For a call that nobody can abort. */
export const never = new AbortController().signal;
