interface Answer {
  times?: Record<string, number>;
  error?: number | null;
  failed?: string;
}

export interface Figures {
  status: 'timed' | 'wrong' | 'failed';
  error?: number;
  reason?: string;
}

export const FULL: number;
export const QUICK: number;
export function summary(answers: Answer[]): Figures;
