// What the page promises, in the order in which somebody might try it; each check goes on where the one before ended.
import { accessibility } from './accessibility.mjs';
import { layout } from './layout.mjs';
import { race } from './race.mjs';
import { training } from './training.mjs';
import { unsupported } from './unsupported.mjs';

export const checks = [...training, ...race, ...layout, ...accessibility, ...unsupported];
