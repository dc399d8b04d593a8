/** An order whose customer is being erased, with all that it knows them by. */
export interface Erasing {
  orderId: string;
  storeId: string;
  externalId: string;
  /** As long as the order was known. */
  createdAt: string;
  /** Everything that tells who it is or where they live, down to single words. */
  personal: string[];
  /** What can mean nobody else. */
  unmistakable: string[];
}
