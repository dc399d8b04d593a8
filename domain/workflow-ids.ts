/** Workflow ids are business ids: a second start for the same order is the same workflow. */
export const orderWorkflowId = (storeId: string, externalId: string): string =>
  `order:${storeId}:${externalId}`;

/** What comes after an order's end has a workflow of its own. */
export const aftercareWorkflowId = (orderWorkflowId: string): string => `after:${orderWorkflowId}`;

export const bulkWorkflowId = (id: string): string => `bulk:${id}`;
