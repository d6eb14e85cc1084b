import type { Subject } from '../cases.d.mts';

declare const subject: Subject;
export default subject;
