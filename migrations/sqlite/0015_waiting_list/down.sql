DROP TABLE leave_plan_steps;
DROP TABLE leave_plans;
DROP TABLE unscheduled;
DROP TABLE slot_offers;
DROP TABLE freed_slots;
DROP TABLE waiting_entries;
