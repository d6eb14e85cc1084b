// What becomes of a variance, and how much of a new statistic running ones take: the same for rows, planes and columns.

export const MOMENTUM = 0.1;

export const inverseDeviation = (variance, eps) => 1 / Math.sqrt(variance + eps);
