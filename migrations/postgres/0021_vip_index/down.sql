DROP INDEX appointments_patient_updated;
DROP INDEX patients_vip;
