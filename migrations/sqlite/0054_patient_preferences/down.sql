DROP TABLE patient_preferences;
