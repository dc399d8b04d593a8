import { comparesWithEveryPlan } from '../../support/every-plan.ts';

comparesWithEveryPlan('nearest');
comparesWithEveryPlan('priority');
