DROP TABLE plan_items;
DROP TABLE treatment_plans;
