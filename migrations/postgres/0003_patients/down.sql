DROP TABLE consents;
DROP TABLE patients;
