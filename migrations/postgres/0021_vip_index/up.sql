-- What VIP patients did lately is asked on every page: from them on, and not from all that was done.
CREATE INDEX patients_vip ON patients (id) WHERE vip;
CREATE INDEX appointments_patient_updated ON appointments (patient_id, updated_at);
