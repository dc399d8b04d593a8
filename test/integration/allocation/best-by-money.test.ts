import { comparesWithEveryPlan } from '../../support/every-plan.ts';

comparesWithEveryPlan('cheapest');
