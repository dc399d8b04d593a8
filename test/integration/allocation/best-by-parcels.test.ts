import { comparesWithEveryPlan } from '../../support/every-plan.ts';

comparesWithEveryPlan('fewest-parcels');
