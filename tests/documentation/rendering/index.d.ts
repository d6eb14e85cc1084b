// The types of the helper that renders the guides' components.

import type { ReactElement } from 'react';

export function render(element: ReactElement): Promise<{ html(): string; unmount(): Promise<void> }>;
