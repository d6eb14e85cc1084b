// Tests that leave no tensor behind.
import { scope } from 'normlayers';

/** Runs with tensors freed afterwards. */
export const tidy = (body: () => void) => () => scope(() => body());
