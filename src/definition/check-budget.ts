import { budgetActions, BUDGET_NAMES, DEFAULT_BUDGET, type BudgetLimit, type BudgetName } from './budget.ts';
import { checkLegal, checkProperties, checkRecord, isRecord, shown, type Faults } from './fault-text.ts';

/** Budgets: known names, whole numbers from 1 or null, soft limits not above hard ones, actions that make sense. */
export function* checkBudget(place: string, budget: unknown): Faults {
  yield* checkRecord(place, budget, 'a budget is an object of limits by what is limited');
  if (!isRecord(budget)) return;
  yield* checkProperties(place, budget, BUDGET_NAMES);
  for (const name of BUDGET_NAMES) if (budget[name] !== undefined) yield* checkOne(`${place}.${name}`, name, budget[name]);
}

function* checkOne(place: string, name: BudgetName, given: unknown): Faults {
  yield* checkRecord(place, given, 'a limit is an object of soft, hard and onHard');
  if (!isRecord(given)) return;
  yield* checkProperties(place, given, ['soft', 'hard', 'onHard']);
  const { soft, hard, onHard }: Record<keyof BudgetLimit, unknown> = { ...DEFAULT_BUDGET[name], ...given };
  let isSound = true;
  for (const [key, value] of Object.entries({ soft, hard })) {
    if (value === null || (Number.isSafeInteger(value) && Number(value) >= 1)) continue;
    isSound = false;
    yield `${place}.${key}: a whole number from 1, or null for no limit, not ${shown(value)}`;
  }
  if (isSound && soft !== null && hard !== null && Number(soft) > Number(hard))
    yield `${place}: soft (${Number(soft)}) is above hard (${Number(hard)}); give both`;
  yield* checkLegal(`${place}.onHard`, 'no such action', onHard, budgetActions(name));
}
