DROP TABLE leaves;
DROP TABLE holidays;
DROP TABLE weekly_hours;
DROP TABLE service_providers;
DROP TABLE services;
DROP TABLE providers;
DROP TABLE chairs;
DROP TABLE sites;
